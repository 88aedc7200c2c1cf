using CodeRepoOperator.Runtime.Settings;
using Microsoft.Extensions.Configuration;

namespace CodeRepoOperator.Indexing;

public sealed class IndexingOptionsTests
{
    [Fact]
    public void The_defaults_mean_the_table_of_repositories()
    {
        Assert.Empty(Mistakes());
        Assert.Equal("repositories", Assert.Single(new IndexingOptions().AllTargets).Label);
    }

    [Theory]
    [InlineData("SweepInterval", "00:00:00", "from 00:00:01")]
    [InlineData("Threshold", "31.00:00:00", "to 30.00:00:00")]
    [InlineData("MaxResets", "-1", "from 0 to 1000000")]
    [InlineData("BatchSize", "0", "from 1 to 100000")]
    [InlineData("LockTimeout", "00:00:00", "from 00:00:00.01")]
    [InlineData("MinThreshold", "2.00:00:00", "above Indexing:MaxThreshold")]
    [InlineData("Targets:0:Table", "", "is missing: give a name")]
    [InlineData("Targets:0:Table", "a\0b", "control characters")]
    [InlineData("Targets:0:Name", "Jobs", "1 to 40 of a-z, 0-9 and _")]
    [InlineData("Targets:0:Active", "", "name the status of a row that a job holds")]
    [InlineData("Targets:0:Active", "error", "is a status that rows are reset to as well")]
    [InlineData("Targets:0:Token", "indexing_resets", "is the column of Resets too")]
    [InlineData("Targets:0:Threshold", "00:00:00", "from 00:00:01")]
    [InlineData("Targets:0:Tables", "jobs", "did you mean Indexing:Targets:0:Table")]
    public void A_mistake_is_told_with_its_setting(string setting, string value, string why)
    {
        var mistake = Assert.Single(Mistakes((setting, value)));

        Assert.StartsWith($"Indexing:{setting}", mistake, StringComparison.Ordinal);
        Assert.Contains(why, mistake, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_targets_of_one_name_are_told_apart_by_a_name()
    {
        Assert.Contains("two items of one name", Assert.Single(Mistakes(("Targets:0:Schema", "a"), ("Targets:1:Schema", "b"))), StringComparison.Ordinal);
        Assert.Empty(Mistakes(("Targets:0:Schema", "a"), ("Targets:1:Schema", "b"), ("Targets:1:Name", "other")));
    }

    private static IEnumerable<string> Mistakes(params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.ToDictionary(setting => $"Indexing:{setting.Name}", setting => (string?)setting.Value)).Build();
        var validator = new SettingsValidator<IndexingOptions>(IndexingOptions.Section, configuration);
        var options = new IndexingOptions();
        validator.Configure(options);
        return validator.Validate(null, options).Failures ?? [];
    }
}

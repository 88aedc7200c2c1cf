using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Runtime.Settings;
using Microsoft.Extensions.Configuration;

namespace CodeRepoOperator.Indexing.Tables;

public sealed class IndexingOptionsTests
{
    [Fact]
    public void The_defaults_mean_the_table_of_repositories()
    {
        Assert.Empty(Errors());
        Assert.Equal("repositories", Assert.Single(new IndexingOptions().AllTargets).Label);
    }

    [Theory]
    [InlineData("SweepInterval", "00:00:00", "from 00:00:01")]
    [InlineData("Threshold", "31.00:00:00", "to 30.00:00:00")]
    [InlineData("MaxResets", "-1", "from 0 to 1000000")]
    [InlineData("RetryDelay", "-00:00:01", "from 00:00:00 to 01:00:00")]
    [InlineData("RetryDelay", "00:10:01", "above Indexing:MaxRetryDelay")]
    [InlineData("MaxRetryDelay", "1.00:00:01", "to 1.00:00:00")]
    [InlineData("KeepAttempts", "00:00:59", "from 00:01:00")]
    [InlineData("MaxAttempts", "0", "from 1 to 10000")]
    [InlineData("Targets:0:Attempts", "my attempts", "1 to 50 of a-z, 0-9 and _")]
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
    public void A_error_is_reported_with_its_setting(string setting, string value, string why)
    {
        var error = Assert.Single(Errors((setting, value)));

        Assert.StartsWith($"Indexing:{setting}", error, StringComparison.Ordinal);
        Assert.Contains(why, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Declare:Namespace", "is missing", "Declare:Enabled=true")]
    [InlineData("Declare:Namespace", "must be the name of a namespace", "Declare:Enabled=true", "Declare:Namespace=Team A")]
    [InlineData(
        "Declare:DeclaredBy",
        "must be the value of a label",
        "Declare:Enabled=true",
        "Declare:Namespace=a",
        "Declare:DeclaredBy=a b"
    )]
    [InlineData("Declare:Target", "an item of Indexing:Targets", "Declare:Enabled=true", "Declare:Namespace=a", "Declare:Target=jobs")]
    [InlineData(
        "Declare:Target",
        "columns for URL",
        "Declare:Enabled=true",
        "Declare:Namespace=a",
        "Targets:0:Url=",
        "Targets:0:Table=jobs"
    )]
    [InlineData("Declare:Secrets:0:Secret", "is missing", "Declare:Secrets:0:Host=git.example.com")]
    [InlineData("Declare:Secrets:0:Host", "must be a host", "Declare:Secrets:0:Host=git example", "Declare:Secrets:0:Secret=a")]
    [InlineData("Declare:Prune", "Delete, Orphan", "Declare:Prune=Keep")]
    public void What_is_wrong_with_rows_that_declare_is_reported(string setting, string why, params string[] settings)
    {
        var error = Assert.Single(Errors([.. settings.Select(one => (one[..one.IndexOf('=')], one[(one.IndexOf('=') + 1)..]))]));

        Assert.StartsWith($"Indexing:{setting}", error, StringComparison.Ordinal);
        Assert.Contains(why, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://git.example.com/a", "one")]
    [InlineData("ssh://git@git.example.com/a", "one")]
    [InlineData("https://git.example.com:8443/a", null)]
    [InlineData("https://other.example.com:8443/a", "two")]
    [InlineData("https://a.below.example.com/a", "three")]
    [InlineData("https://elsewhere.example.com/a", null)]
    public void The_first_Secret_whose_host_fits_is_used(string url, string? secret)
    {
        var declare = new DeclareOptions
        {
            Secrets =
            [
                new DeclaredSecret { Host = "git.example.com", Secret = "one" },
                new DeclaredSecret { Host = "other.example.com:8443", Secret = "two" },
                new DeclaredSecret { Host = "*.below.example.com", Secret = "three" },
            ],
        };

        Assert.Equal(secret, declare.SecretFor(GitUrl.Parse(url).Value!));
    }

    [Theory]
    [InlineData("Targets", "leaves out the column Tenant of repositories", "Tenants:0:Namespace=team-a", "Tenants:0:Values:0=acme")]
    [InlineData("Tenants", "is empty, though repositories has a column Tenant", "Targets:0:Tenant=tenant")]
    [InlineData("Tenants:0:Namespace", "name the namespace", "Targets:0:Tenant=tenant", "Tenants:0:Values:0=acme")]
    [InlineData(
        "Tenants:0:Namespace",
        "must be the name of a namespace",
        "Targets:0:Tenant=tenant",
        "Tenants:0:Namespace=Team A",
        "Tenants:0:Values:0=acme"
    )]
    [InlineData("Tenants:0:Values", "is missing or has an empty item", "Targets:0:Tenant=tenant", "Tenants:0:Namespace=team-a")]
    [InlineData(
        "Tenants:0:Values",
        "would give the same rows to each namespace",
        "Targets:0:Tenant=tenant",
        "Tenants:0:Namespace=*",
        "Tenants:0:Values:0=acme"
    )]
    [InlineData(
        "Targets:0:Branch",
        "is the column of Tenant too",
        "Targets:0:Tenant=branch",
        "Tenants:0:Namespace=team-a",
        "Tenants:0:Values:0=acme"
    )]
    public void A_map_of_tenants_that_can_t_be_kept_is_reported(string setting, string why, params string[] settings)
    {
        var errors = Errors([.. settings.Select(one => one.Split('=')).Select(parts => (parts[0], parts[1]))]);

        Assert.Contains(errors, error =>
            error.StartsWith($"Indexing:{setting} ", StringComparison.Ordinal) && error.Contains(why, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_namespace_has_the_rows_that_it_is_given_and_one_that_is_not_named_has_none()
    {
        var options = new IndexingOptions
        {
            Tenants =
            [
                new IndexingTenant { Namespace = "team-a", Values = ["acme", "acme-labs"] },
                new IndexingTenant { Namespace = "*", Values = ["k8s/{namespace}"] },
            ],
        };

        Assert.Equal(["acme", "acme-labs", "k8s/team-a"], options.TenantsOf("team-a"));
        Assert.Equal(["k8s/team-b"], options.TenantsOf("team-b"));
        Assert.Equal([], new IndexingOptions { Tenants = [options.Tenants[0]] }.TenantsOf("team-b"));
        Assert.Null(new IndexingOptions().TenantsOf("team-a"));
        Assert.Empty(Errors(("Targets:0:Tenant", "tenant"), ("Tenants:0:Namespace", "*"), ("Tenants:0:Values:0", "{namespace}")));
    }

    [Fact]
    public void Two_targets_of_one_name_are_distinguished_by_a_name()
    {
        Assert.Contains(
            "two items of one name",
            Assert.Single(Errors(("Targets:0:Schema", "a"), ("Targets:1:Schema", "b"))),
            StringComparison.Ordinal
        );
        Assert.Empty(Errors(("Targets:0:Schema", "a"), ("Targets:1:Schema", "b"), ("Targets:1:Name", "other")));
    }

    private static IEnumerable<string> Errors(params (string Name, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.ToDictionary(setting => $"Indexing:{setting.Name}", setting => (string?)setting.Value))
            .Build();
        var validator = new SettingsValidator<IndexingOptions>(IndexingOptions.Section, configuration);
        var options = new IndexingOptions();
        validator.Configure(options);
        return validator.Validate(null, options).Failures ?? [];
    }
}

using Microsoft.Extensions.Configuration;

namespace CodeRepoOperator.Runtime.Settings;

public sealed class LogLevelsTests
{
    [Fact]
    public void A_level_that_is_none_is_told_and_taken_out()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Logging:LogLevel:Default"] = "verbose",
            ["Logging:LogLevel:CodeRepoOperator"] = "debug",
            ["Logging:Console:LogLevel:Microsoft"] = "Loud",
            ["Logging:Console:FormatterName"] = "any",
        }).Build();

        var mistakes = LogLevels.RemoveInvalid(configuration);

        Assert.Equal(
            [
                "Logging:LogLevel:Default is 'verbose': must be one of Trace, Debug, Information, Warning, Error, Critical, None.",
                "Logging:Console:LogLevel:Microsoft is 'Loud': must be one of Trace, Debug, Information, Warning, Error, Critical, None.",
            ],
            mistakes);
        Assert.Equal(("", "debug"), (configuration["Logging:LogLevel:Default"], configuration["Logging:LogLevel:CodeRepoOperator"]));
    }
}

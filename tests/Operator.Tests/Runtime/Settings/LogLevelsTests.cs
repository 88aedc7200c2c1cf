using Microsoft.Extensions.Configuration;

namespace CodeRepoOperator.Runtime.Settings;

public sealed class LogLevelsTests
{
    [Fact]
    public void A_level_that_is_none_is_reported_and_left_out()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?>
                {
                    ["Logging:LogLevel:Default"] = "verbose",
                    ["Logging:LogLevel:CodeRepoOperator"] = "debug",
                    ["Logging:Console:LogLevel:Microsoft"] = "Loud",
                    ["Logging:Console:FormatterName"] = "any",
                }
            )
            .Build();

        var valid = LogLevels.Valid(configuration);

        Assert.Equal(
            [
                "Logging:LogLevel:Default is 'verbose': must be one of Trace, Debug, Information, Warning, Error, Critical, None.",
                "Logging:Console:LogLevel:Microsoft is 'Loud': must be one of Trace, Debug, Information, Warning, Error, Critical, None.",
            ],
            LogLevels.Errors(configuration)
        );
        Assert.Equal(("", "debug"), (valid["LogLevel:Default"], valid["LogLevel:CodeRepoOperator"]));
        Assert.Equal(("", "any"), (valid["Console:LogLevel:Microsoft"], valid["Console:FormatterName"]));
        Assert.Equal("verbose", configuration["Logging:LogLevel:Default"]);
    }
}

using System.CommandLine;
using CodeRepoOperator.Programs;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Timing;

namespace CodeRepoOperator.Hosting;

/// <summary>Runs a command that does one thing and ends, with the settings and the log that the operator has.</summary>
internal static class CommandHost
{
    /// <summary>Makes a command.</summary>
    /// <param name="name">What it is called by.</param>
    /// <param name="description">What it does.</param>
    /// <param name="options">Its options, beside the settings.</param>
    /// <param name="signals">What ends it before it is through.</param>
    /// <param name="register">What it needs.</param>
    /// <param name="run">What it does. It returns the exit code.</param>
    public static Command Create(
        string name,
        string description,
        IReadOnlyList<Option> options,
        StopSignals signals,
        Action<IServiceCollection> register,
        Func<IServiceProvider, ParseResult, CancellationToken, Task<int>> run
    )
    {
        var settings = Settings();
        var command = new Command(name, description) { settings };
        foreach (var option in options)
        {
            command.Add(option);
        }

        command.SetAction(
            (parsed, _) =>
                RunAsync(
                    parsed.GetValue(settings) ?? [],
                    register,
                    (services, token) => run(services, parsed, token),
                    signals.StopRequested
                )
        );
        return command;
    }

    /// <summary>The settings that any command takes as arguments.</summary>
    public static Argument<string[]> Settings() =>
        new("settings")
        {
            Description = "Settings as --Section:Name=value.",
            Arity = ArgumentArity.ZeroOrMore,
            Hidden = true,
        };

    private static async Task<int> RunAsync(
        string[] arguments,
        Action<IServiceCollection> register,
        Func<IServiceProvider, CancellationToken, Task<int>> run,
        CancellationToken cancellationToken
    )
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(arguments).Build();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddSingleton<TimeProvider>(BootClock.Instance);
        services.AddLogging(logging => logging.AddOperatorLog(configuration));
        register(services);
        await using var provider = services.BuildServiceProvider();
        var log = provider.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(CommandHost));
        if (SettingsCheck.Errors(provider, configuration, arguments) is { Count: > 0 } wrong)
        {
            return await new StartupErrors(configuration, log).ReportSettingsAsync(wrong);
        }

        try
        {
            return await run(provider, cancellationToken);
        }
        catch (SetupException error)
        {
            return await new StartupErrors(configuration, log).ReportAsync(error.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            log.CommandCutShort();
            return ExitCodes.Failed;
        }
    }
}

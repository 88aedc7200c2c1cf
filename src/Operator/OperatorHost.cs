using CodeRepoOperator.Cloning;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime;
using CodeRepoOperator.Runtime.Serving;
using k8s.Exceptions;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator;

/// <summary>The running operator: its features, and nothing else.</summary>
internal static class OperatorHost
{
    private static readonly RuntimeNames Names = new(Controller: $"{CodeRepo.Group}/operator", MetricPrefix: "coderepo");

    /// <summary>How long running clones and requests may take to end after a SIGTERM.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(8);

    /// <summary>As programs of Unix have it for wrong usage.</summary>
    private const int ExitCodeOfRefusal = 2;

    /// <summary>Runs until told to stop.</summary>
    /// <returns>The exit code: 0 after a stop, 2 when it could not start as it is set up.</returns>
    public static async Task<int> RunAsync(string[] settings, CancellationToken cancellationToken)
    {
        await using var app = Build(settings);
        if (WrongSettings(app.Services) is { Count: > 0 } wrong)
        {
            return await RefuseAsync($"These settings are wrong:\n  {string.Join("\n  ", wrong)}");
        }

        try
        {
            app.Services.ObserveAtScrape<CodeRepo>();
            app.Services.ObserveClonesAtScrape();
            app.MapHealthAndMetrics<CodeRepo>();
            app.Urls.Add(app.Services.GetRequiredService<IOptions<ServingOptions>>().Value.Url);
            await app.RunAsync(cancellationToken);
            return 0;
        }
        catch (KubeConfigException error)
        {
            return await RefuseAsync($"No way to the API server: {error.Message} Set KUBECONFIG, or run in a pod with a ServiceAccount.");
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            return await RefuseAsync($"{error.Message} Choose another {ServingOptions.Section}:{nameof(ServingOptions.Port)}.");
        }
    }

    private static async Task<int> RefuseAsync(string why)
    {
        await Console.Error.WriteLineAsync(why);
        return ExitCodeOfRefusal;
    }

    private static WebApplication Build(string[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder(settings);
        AddLogging(builder.Logging, builder.Configuration);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddRuntime(Names);
        builder.Services.AddCloning(builder.Configuration);
        return builder.Build();
    }

    /// <summary>All that is wrong with all settings, so that one start tells everything.</summary>
    private static List<string> WrongSettings(IServiceProvider services)
    {
        try
        {
            services.GetRequiredService<IStartupValidator>().Validate();
            return [];
        }
        catch (OptionsValidationException error)
        {
            return [.. error.Failures];
        }
        catch (InvalidOperationException error) when (error.TargetSite?.DeclaringType == typeof(ConfigurationBinder))
        {
            // What can't be read at all: the message names the key and the value.
            return [error.Message];
        }
        catch (AggregateException errors) when (errors.InnerExceptions.All(error => error is OptionsValidationException))
        {
            return [.. errors.InnerExceptions.Cast<OptionsValidationException>().SelectMany(error => error.Failures)];
        }
    }

    /// <summary>JSON where a collector reads, one line a message where a person does.</summary>
    private static void AddLogging(ILoggingBuilder logging, ConfigurationManager configuration)
    {
        logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        if (configuration["KUBERNETES_SERVICE_HOST"] is not null)
        {
            logging.AddJsonConsole(json => json.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'");
            logging.Services.Configure<JsonConsoleFormatterOptions>(json => json.UseUtcTimestamp = true);
        }
        else
        {
            logging.AddSimpleConsole(line => (line.SingleLine, line.TimestampFormat, line.UseUtcTimestamp) = (true, "HH:mm:ss.fff ", true));
        }
    }
}

using System.Net.Sockets;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using CodeRepoOperator.Cloning;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime;
using CodeRepoOperator.Runtime.Serving;
using CodeRepoOperator.Runtime.Settings;
using k8s.Exceptions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using YamlDotNet.Core;

namespace CodeRepoOperator;

/// <summary>The running operator: its features, and nothing else.</summary>
internal static class OperatorHost
{
    private static readonly RuntimeNames Names = new(Controller: $"{CodeRepo.Group}/operator", MetricPrefix: "coderepo");

    /// <summary>How long running clones and requests may take to end after a SIGTERM.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(8);

    /// <summary>When a loop of ours ended that should never end.</summary>
    private const int ExitCodeOfBug = 1;

    /// <summary>As programs of Unix have it for wrong usage.</summary>
    private const int ExitCodeOfRefusal = 2;

    /// <summary>Runs until told to stop.</summary>
    /// <returns>The exit code: 0 after a stop, 2 when it could not start as it is set up.</returns>
    public static async Task<int> RunAsync(string[] arguments, StopSignals signals)
    {
        var builder = CreateBuilder(arguments);
        var wrongLevels = LogLevels.TakeOutMistakes(builder.Configuration);
        builder.Services.AddSingleton<IHostLifetime>(signals);
        await using var app = builder.Build();
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(OperatorHost));
        var sections = app.Services.GetServices<SettingsSection>().Select(section => section.Name).Append(LogLevels.Section);
        List<string> wrong = [.. SettingsArguments.Mistakes(arguments, [.. sections]), .. WrongSettings(app.Services), .. wrongLevels];
        if (wrong.Count > 0)
        {
            return await RefuseAsync(app, log, $"these settings are wrong:\n  {string.Join("\n  ", wrong)}");
        }

        try
        {
            await StartAsync(app);
        }
        catch (Exception error) when (error is KubeConfigException or YamlException)
        {
            return await RefuseAsync(app, log, $"no way to the API server ({error.GetBaseException().Message.TrimEnd('.')}): set KUBECONFIG, or run in a pod with a ServiceAccount.");
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            const string Settings = $"{ServingOptions.Section}:{nameof(ServingOptions.Port)} or {ServingOptions.Section}:{nameof(ServingOptions.Address)}";
            return await RefuseAsync(app, log, $"can't listen on {Serving(app).Url} ({error.Message.TrimEnd('.')}): choose another {Settings}.");
        }

        LogStart(app, log);
        return await RunToEndAsync(app, log, signals);
    }

    private static WebApplicationBuilder CreateBuilder(string[] arguments)
    {
        // An empty one: what the other builders add reads files of the working folder, watches it for changes, and heeds
        // variables that are not in docs/configuration.md.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddEnvironmentVariables().AddCommandLine(arguments);
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        AddLogging(builder.Logging, builder.Configuration);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddRuntime(Names);
        builder.Services.AddCloning();
        return builder;
    }

    private static Task StartAsync(WebApplication app)
    {
        app.Services.ObserveAtScrape<CodeRepo>();
        app.Services.ObserveClonesAtScrape();
        app.MapHealthAndMetrics<CodeRepo>();
        app.Urls.Add(Serving(app).Url);

        // A signal does not cut the start short: what has begun by then is to be ended in order.
        return app.StartAsync(CancellationToken.None);
    }

    private static async Task<int> RunToEndAsync(WebApplication app, ILogger log, StopSignals signals)
    {
        using var stopping = app.Lifetime.ApplicationStopping.Register(() => log.Stopping(signals.First, ShutdownTimeout));
        try
        {
            await app.WaitForShutdownAsync(signals.Told);
        }
        catch (Exception error) when (IsCutShort(error))
        {
            // Each part was told to end; the store is such that a process may end at any instant.
            log.StopCutShort(ShutdownTimeout);
        }

        var loops = app.Services.GetServices<IHostedService>().OfType<BackgroundService>();
        return loops.Any(loop => loop.ExecuteTask is { IsFaulted: true }) ? ExitCodeOfBug : 0;
    }

    /// <summary>How the host says that its time for a stop has passed: of one part, or of several.</summary>
    private static bool IsCutShort(Exception error)
        => error is OperationCanceledException || (error is AggregateException several && several.InnerExceptions.All(IsCutShort));

    private static ServingOptions Serving(WebApplication app) => app.Services.GetRequiredService<IOptions<ServingOptions>>().Value;

    private static void LogStart(WebApplication app, ILogger log)
    {
        var version = typeof(OperatorHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        var named = app.Services.GetRequiredService<IOptions<RuntimeOptions>>().Value.Namespaces;
        var namespaces = named.Count == 0 ? "all namespaces" : string.Join(", ", named);
        var store = app.Services.GetRequiredService<IOptions<StoreOptions>>().Value.Root;
        var address = Serving(app).Url;
        log.Started(version, namespaces, store, address);
    }

    /// <summary>To a person as it is, to a collector as one message.</summary>
    private static async Task<int> RefuseAsync(WebApplication app, ILogger log, string why)
    {
        if (IsInCluster(app.Configuration))
        {
            log.NotStarted(why);
        }
        else
        {
            await Console.Error.WriteLineAsync($"Not started: {why}");
        }

        return ExitCodeOfRefusal;
    }

    /// <summary>All that is wrong with all settings, so that one start tells everything.</summary>
    private static IEnumerable<string> WrongSettings(IServiceProvider services)
    {
        try
        {
            services.GetRequiredService<IStartupValidator>().Validate();
            return [];
        }
        catch (OptionsValidationException error)
        {
            return error.Failures;
        }
        catch (AggregateException errors) when (errors.InnerExceptions.All(error => error is OptionsValidationException))
        {
            return errors.InnerExceptions.Cast<OptionsValidationException>().SelectMany(error => error.Failures);
        }
    }

    /// <summary>JSON where a collector reads, one line a message where a person does.</summary>
    private static void AddLogging(ILoggingBuilder logging, ConfigurationManager configuration)
    {
        // The host tells a failed start with a stack trace, and a loop that failed twice: once at this level. The later of two
        // rules wins: what is set by hand.
        logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical)
            .AddConfiguration(configuration.GetSection(LogLevels.Section));
        if (IsInCluster(configuration))
        {
            logging.AddJsonConsole(json =>
            {
                (json.TimestampFormat, json.UseUtcTimestamp, json.IncludeScopes) = ("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", true, true);

                // No browser will take it for a page: a quote may be a quote.
                json.JsonWriterOptions = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
            });
        }
        else
        {
            logging.AddConsole(console => console.FormatterName = TerminalFormatter.FormatterName).AddConsoleFormatter<TerminalFormatter, ConsoleFormatterOptions>();
        }
    }

    /// <summary>The kubelet sets it in every container.</summary>
    private static bool IsInCluster(IConfiguration configuration) => configuration["KUBERNETES_SERVICE_HOST"] is not null;
}

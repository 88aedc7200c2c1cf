using System.Net.Sockets;
using System.Reflection;
using CodeRepoOperator.Api;
using CodeRepoOperator.Api.Serving;
using CodeRepoOperator.Cloning;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing;
using CodeRepoOperator.Programs;
using CodeRepoOperator.Runtime;
using CodeRepoOperator.Runtime.Serving;
using CodeRepoOperator.Runtime.Settings;
using k8s.Exceptions;
using Microsoft.Extensions.Options;
using YamlDotNet.Core;

namespace CodeRepoOperator;

/// <summary>The running operator: its features, and nothing else.</summary>
internal static class OperatorHost
{
    /// <summary>How long running clones and requests may take to end after a SIGTERM.</summary>
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(8);

    /// <summary>Runs until asked to stop.</summary>
    /// <returns>The exit code: 0 after a stop, 2 when it could not start as it is set up.</returns>
    public static async Task<int> RunAsync(string[] arguments, StopSignals signals)
    {
        Descriptors.RaiseLimit();
        var builder = CreateBuilder(arguments);
        builder.Services.AddSingleton<IHostLifetime>(signals);
        await using var app = builder.Build();
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(OperatorHost));
        var startupErrors = new StartupErrors(app.Configuration, log);
        if (SettingsCheck.Errors(app.Services, app.Configuration, arguments) is { Count: > 0 } wrong)
        {
            return await startupErrors.ReportSettingsAsync(wrong);
        }

        try
        {
            await StartAsync(app);
        }
        catch (Exception error) when (error is KubeConfigException or YamlException)
        {
            return await startupErrors.ReportClusterAsync(error);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            var (section, url) = error is ApiAddressException api
                ? (ApiOptions.Section, api.Url)
                : (ServingOptions.Section, Serving(app).Url);
            return await startupErrors.ReportAsync(
                $"can't listen on {url} ({error.Message.TrimEnd('.')}): "
                    + $"choose another {section}:{nameof(ServingOptions.Port)} or {section}:{nameof(ServingOptions.Address)}."
            );
        }

        LogStart(app, log);
        return await RunToEndAsync(app, log, signals);
    }

    private static WebApplicationBuilder CreateBuilder(string[] arguments)
    {
        var builder = ServerFactory.CreateBuilder(ServerLimits.OfServing);
        builder.Configuration.AddEnvironmentVariables().AddCommandLine(arguments);
        builder.Logging.AddOperatorLog(builder.Configuration);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddRuntime(Product.Names);
        builder.Services.AddCloning();
        builder.Services.AddIndexing();
        builder.Services.AddEnsureApi();
        return builder;
    }

    private static Task StartAsync(WebApplication app)
    {
        app.Services.ObserveAtScrape<CodeRepo>();
        app.Services.ObserveClonesAtScrape();
        app.Services.ObservePodsAtScrape();
        app.UseConnectionPlaces();
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
            await app.WaitForShutdownAsync(signals.StopRequested);
        }
        catch (Exception error) when (IsCutShort(error))
        {
            // Each part was asked to stop; the store is such that a process may end at any instant.
            log.StopCutShort(ShutdownTimeout);
        }

        var loops = app.Services.GetServices<IHostedService>().OfType<BackgroundService>();
        return loops.Any(loop => loop.ExecuteTask is { IsFaulted: true }) ? ExitCodes.Failed : ExitCodes.Done;
    }

    /// <summary>How the host says that its time for a stop has passed: of one part, or of several.</summary>
    private static bool IsCutShort(Exception error) =>
        error is OperationCanceledException || (error is AggregateException several && several.InnerExceptions.All(IsCutShort));

    private static ServingOptions Serving(WebApplication app) => app.Services.GetRequiredService<IOptions<ServingOptions>>().Value;

    private static void LogStart(WebApplication app, ILogger log)
    {
        var version = typeof(OperatorHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        var named = app.Services.GetRequiredService<IOptions<RuntimeOptions>>().Value.Namespaces;
        var namespaces = named.Count == 0 ? "all namespaces" : string.Join(", ", named);
        var store = app.Services.GetRequiredService<IOptions<StoreOptions>>().Value.Root;
        var api = app.Services.GetRequiredService<IOptions<ApiOptions>>().Value;
        var (address, apiAddress) = (Serving(app).Url, api.Enabled ? api.Url : "no address");
        log.Started(version, namespaces, store, address, apiAddress);
    }
}

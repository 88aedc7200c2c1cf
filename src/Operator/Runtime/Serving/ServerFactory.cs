using Microsoft.AspNetCore.Connections;
using Prometheus;

namespace CodeRepoOperator.Runtime.Serving;

/// <summary>Makes the web hosts: that of the operator itself, which serves health and metrics, and those beside it.</summary>
internal sealed class ServerFactory(IHostLifetime lifetime, CollectorRegistry registry, TimeProvider time, ILoggerFactory logs)
{
    /// <summary>What all of them are built on.</summary>
    /// <remarks>
    /// An empty one: what the other builders add reads files of the working directory, watches it for changes, and heeds variables that
    /// are not in docs/configuration.md.
    /// </remarks>
    /// <param name="limits">What the server puts up with.</param>
    public static WebApplicationBuilder CreateBuilder(ServerLimits limits)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(limits.Apply);
        builder.Services.AddRoutingCore();
        return builder;
    }

    /// <summary>Prepares a web host beside that of the operator, with its log, and without its settings and services.</summary>
    /// <param name="limits">What the server puts up with.</param>
    /// <param name="guard">Which connections it takes. They are counted anew before each scrape.</param>
    public WebApplicationBuilder CreateBuilder(ServerLimits limits, ConnectionGuard guard)
    {
        var builder = CreateBuilder(limits);
        builder.Services.AddSingleton(lifetime);
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton<IConnectionListenerFactory>(new GuardedTransport(() => guard, time, logs));
        registry.AddBeforeCollectCallback(guard.Observe);
        return builder;
    }
}

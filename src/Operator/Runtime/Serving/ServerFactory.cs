using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Prometheus;

namespace CodeRepoOperator.Runtime.Serving;

/// <summary>Makes servers beside that of the host, without a host around them: no trace, no scope, no measuring of each request.</summary>
internal sealed class ServerFactory(IServiceProvider services, CollectorRegistry registry, TimeProvider time, ILoggerFactory logs)
{
    /// <summary>Makes a server. It listens once it is started.</summary>
    /// <param name="limits">What it puts up with.</param>
    /// <param name="guard">Which connections it takes. They are counted anew before each scrape.</param>
    /// <param name="listen">Where it listens.</param>
    public KestrelServer Create(ServerLimits limits, ConnectionGuard guard, Action<KestrelServerOptions> listen)
    {
        var kestrel = new KestrelServerOptions { ApplicationServices = services };
        limits.Apply(kestrel);
        listen(kestrel);
        registry.AddBeforeCollectCallback(guard.Observe);
        return new KestrelServer(Options.Create(kestrel), new GuardedTransport(() => guard, time, logs), logs);
    }
}

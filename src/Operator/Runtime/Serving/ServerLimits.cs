using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CodeRepoOperator.Runtime.Serving;

/// <summary>What a server puts up with. How many connections there may be is up to <see cref="ConnectionGuard"/>.</summary>
/// <param name="LargestBody">The largest body of a request in bytes, unless an endpoint says otherwise.</param>
/// <param name="LargestHeaders">The headers of a request together, in bytes.</param>
/// <param name="HeadersTimeout">How long a client may take to send the headers.</param>
/// <param name="KeepAlive">How long a client may stay connected without asking anything.</param>
internal sealed record ServerLimits(long LargestBody, int LargestHeaders, TimeSpan HeadersTimeout, TimeSpan KeepAlive)
{
    /// <summary>
    /// Those of health and metrics, whose requests are short, have no body, and come from few. Who scrapes less often than every 20 s
    /// connects anew each time.
    /// </summary>
    public static readonly ServerLimits OfServing = new(
        LargestBody: 0,
        LargestHeaders: 16 * 1024,
        HeadersTimeout: TimeSpan.FromSeconds(5),
        KeepAlive: TimeSpan.FromSeconds(20)
    );

    /// <summary>Those of the API. A token may have kilobytes; other headers are short.</summary>
    public static readonly ServerLimits OfApi = new(
        LargestBody: 4096,
        LargestHeaders: 32 * 1024,
        HeadersTimeout: TimeSpan.FromSeconds(10),
        KeepAlive: TimeSpan.FromMinutes(2)
    );

    /// <summary>Sets up a server.</summary>
    public void Apply(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = LargestBody;
        kestrel.Limits.MaxRequestHeadersTotalSize = LargestHeaders;
        kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
        kestrel.Limits.KeepAliveTimeout = KeepAlive;

        // One request after the other on each connection: a connection is what clients are limited by.
        kestrel.ConfigureEndpointDefaults(listen => listen.Protocols = HttpProtocols.Http1);
    }
}

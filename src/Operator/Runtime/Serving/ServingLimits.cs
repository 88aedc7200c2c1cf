using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CodeRepoOperator.Runtime.Serving;

/// <summary>What the server of health and metrics puts up with: its requests are short, have no body, and come from few.</summary>
internal static class ServingLimits
{
    private const int LargestHeaders = 16 * 1024;

    /// <summary>How long a client may take to send the headers.</summary>
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How long a client may stay connected without asking anything. One that scrapes less often connects anew each time.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(20);

    /// <summary>Sets the limits. How many connections there may be is up to <see cref="ConnectionGuard"/>.</summary>
    public static void Apply(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Limits.MaxRequestHeadersTotalSize = LargestHeaders;
        kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
        kestrel.Limits.KeepAliveTimeout = KeepAlive;

        // One request after the other on each connection: a connection is what clients are limited by.
        kestrel.ConfigureEndpointDefaults(listen => listen.Protocols = HttpProtocols.Http1);
    }
}

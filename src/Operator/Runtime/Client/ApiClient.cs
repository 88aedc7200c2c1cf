using System.Collections.ObjectModel;
using System.Globalization;
using k8s;

namespace CodeRepoOperator.Runtime.Client;

/// <summary>
/// The client, so set up that nothing it is asked for can hang, and with a watch that says when the API server has taken it:
/// the client's own says so only with the first event, which may be a minute later.
/// </summary>
internal sealed class ApiClient : Kubernetes
{
    /// <summary>
    /// How deep a response may be nested: as objects that an API server takes (10,000 levels), and what is around them. One such object
    /// must not hide the others.
    /// </summary>
    public const int DeepestResponse = 10_100;

    /// <summary>
    /// After how long a silence a connection is probed (HTTP/2 ping), and how long the response may take. Together less than the
    /// default duration of a lease, so that one dead connection costs no lease.
    /// </summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);

    /// <summary>How long TCP and TLS may take, as in client-go for TLS. All requests wait for it: .NET itself has no limit.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The API server's own limit for a request that is no watch, by default (<c>--request-timeout</c>).</summary>
    private static readonly TimeSpan LongestResponse = TimeSpan.FromMinutes(1);

    /// <summary>Makes one; it connects when it is first asked for something.</summary>
    /// <param name="configuration">The way to the API server.</param>
    /// <param name="time">For deadlines.</param>
    /// <param name="way">What requests go through on their way: for tests.</param>
    public ApiClient(KubernetesClientConfiguration configuration, TimeProvider time, params DelegatingHandler[] way)
        : base(Prepared(configuration), [new ResponseTimeout(LongestResponse, time), .. way])
    {
        // Its deadline looks like a cancellation by the caller; ours does not.
        HttpClientTimeout = Timeout.InfiniteTimeSpan;
    }

    /// <summary>Opens a watch.</summary>
    /// <param name="type">Of which kind of objects.</param>
    /// <param name="ofNamespace">Of which namespace; null: of all.</param>
    /// <param name="resourceVersion">What is known already.</param>
    /// <param name="labelSelector">Which of them; null: all.</param>
    /// <param name="timeout">After how long the API server ends it.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>The response, whose content has an event a line; as soon as the API server has taken the watch.</returns>
    public Task<HttpResponseMessage> OpenWatchAsync(
        EntityType type,
        string? ofNamespace,
        string resourceVersion,
        string? labelSelector,
        TimeSpan timeout,
        CancellationToken cancellationToken
    )
    {
        var place = ofNamespace is null ? "" : $"namespaces/{ofNamespace}/";
        var seconds = ((int)timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return SendRequest<object?>(
            $"{type.Path}/{place}{type.Plural}?watch=true&allowWatchBookmarks=true"
                + $"&resourceVersion={Uri.EscapeDataString(resourceVersion)}&timeoutSeconds={seconds}"
                + (labelSelector is null ? "" : $"&labelSelector={Uri.EscapeDataString(labelSelector)}"),
            HttpMethod.Get,
            customHeaders: ReadOnlyDictionary<string, IReadOnlyList<string>>.Empty,
            body: null,
            cancellationToken
        );
    }

    private static KubernetesClientConfiguration Prepared(KubernetesClientConfiguration configuration)
    {
        configuration.FirstMessageHandlerSetup = handler =>
        {
            if (handler is SocketsHttpHandler sockets)
            {
                sockets.ConnectTimeout = ConnectTimeout;
                sockets.KeepAlivePingDelay = KeepAlive;
                sockets.KeepAlivePingTimeout = KeepAlive;
                sockets.SslOptions.CertificateChainPolicy = OfflineChain.Policy();
            }
        };
        return configuration;
    }
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Protocol;

namespace CodeRepoOperator.Remotes.Http;

/// <summary>HTTP to remotes: no automatic redirects, no cookies, and every connection judged by the <see cref="HostPolicy"/>.</summary>
internal sealed class GitHttp : IDisposable
{
    // As many as may lie in the pool for one host, about.
    private const int MaximumEnded = 8;

    private readonly HttpMessageInvoker _invoker;
    private readonly GitOptions _options;
    private readonly IWebProxy _proxy;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;

    /// <param name="options">Time-outs and trust.</param>
    /// <param name="policy">Judges every address that is connected to.</param>
    /// <param name="proxy">Usually <see cref="HttpClient.DefaultProxy"/>, which reads the environment.</param>
    /// <param name="resolve">Looks a name's addresses up; null: as the system does.</param>
    /// <param name="authorities">PEM text of authorities of one CodeRepo; null: it brings none.</param>
    public GitHttp(
        GitOptions options,
        HostPolicy policy,
        IWebProxy proxy,
        Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null,
        string? authorities = null
    )
    {
        (Policy, _options, _proxy, _resolve) = (policy, options, proxy, resolve ?? Dns.GetHostAddressesAsync);
        var trust = new CertificateTrust(options.TrustedCertificates, authorities);
        _invoker = new HttpMessageInvoker(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                AutomaticDecompression = DecompressionMethods.GZip | DecompressionMethods.Deflate,
                ConnectTimeout = options.ConnectTimeout,
                ConnectCallback = new GuardedConnect(policy, proxy, _resolve).ConnectAsync,
                Proxy = proxy,
                UseProxy = true,
                PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
                // A name that now leads elsewhere is asked for and judged again within this time.
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
                MaxResponseHeadersLength = 64,
                ActivityHeadersPropagator = null,
                SslOptions = new SslClientAuthenticationOptions
                {
                    // The stream builds a chain of its own before it asks us.
                    CertificateChainPolicy = CertificateTrust.Offline(),

                    // The host that was asked for is known to the stream alone.
                    RemoteCertificateValidationCallback = (stream, certificate, chain, errors) =>
                        trust.Judge(((SslStream)stream).TargetHostName, certificate, chain, errors) is { } failure
                            ? throw new RemoteFailureException(failure)
                            : true,
                },
            }
        );
    }

    /// <summary>Judges redirects.</summary>
    public HostPolicy Policy { get; }

    /// <summary>
    /// The same for a CodeRepo that brings authorities of its own. With connections of its own, which end with it: one that was trusted by
    /// them is no other CodeRepo's to use.
    /// </summary>
    public GitHttp Trusting(string authorities) => new(_options, Policy, _proxy, _resolve, authorities);

    /// <summary>Sends a request; the body of the response is still to be read.</summary>
    /// <exception cref="RemoteFailureException">There is no response.</exception>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, GitCredentials? credentials, CancellationToken cancellationToken)
    {
        request.Headers.TryAddWithoutValidation("User-Agent", GitAgent.UserAgent);
        request.Headers.Authorization = credentials?.Http?.Header;
        return ReadingAsync(() => SendAsync(request, cancellationToken), request.RequestUri!.IdnHost);
    }

    /// <summary>
    /// Servers end idle connections, some in the very moment in which a request is on its way: then it is sent once more, over a new
    /// connection, as git does. Nothing that is asked of a remote changes anything there.
    /// </summary>
    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        for (var ended = 0; ; ended++)
        {
            try
            {
                return await _invoker.SendAsync(request, cancellationToken);
            }
            catch (HttpRequestException e)
                when (ended < MaximumEnded && (ended == 0 || GuardedConnect.IsReused(request)) && EndedBeforeResponse(e))
            {
                // The next one may be as old; the one that failed is out of the pool. Of the first it can't be known: a request for which a
                // connection is being made goes over another one that comes free meanwhile.
            }
        }
    }

    private static bool EndedBeforeResponse(HttpRequestException exception) =>
        exception.HttpRequestError == HttpRequestError.ResponseEnded
        || exception.InnerException is IOException { InnerException: SocketException socket }
            && socket.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown;

    /// <summary>Turns the HTTP stack's exceptions into ours while a response is awaited or read.</summary>
    public static async Task<T> ReadingAsync<T>(Func<Task<T>> read, string host = "the remote")
    {
        try
        {
            return await read();
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            // A bare SocketException: a connection that is reset just after it was taken has no address for .NET to write down.
            throw new RemoteFailureException(ConnectionFailure.Of(e, host), e);
        }
        catch (InvalidDataException e)
        {
            throw new RemoteFailureException(PktLineReader.Malformed().Failure, e);
        }
        catch (TaskCanceledException e) when (e.InnerException is TimeoutException)
        {
            throw new RemoteFailureException(
                Reasons.Unreachable,
                $"No connection to {host} within Git:ConnectTimeout: check the host, its port, and network policies.",
                e
            );
        }
    }

    public void Dispose() => _invoker.Dispose();
}

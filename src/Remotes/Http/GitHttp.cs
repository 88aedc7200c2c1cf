using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Protocol;
using CodeRepoOperator.Remotes.Proxies;

namespace CodeRepoOperator.Remotes.Http;

/// <summary>HTTP to remotes: no automatic redirects, no cookies, and every connection judged by the <see cref="HostPolicy"/>.</summary>
internal sealed class GitHttp : IDisposable
{
    // As many as may lie in the pool for one host, about.
    private const int MaximumEnded = 8;

    private readonly HttpMessageInvoker _invoker;
    private readonly HttpMessageInvoker? _certified;
    private readonly X509Certificate2? _certificate;
    private readonly GitOptions _options;
    private readonly IWebProxy _proxy;
    private readonly RemoteProxy? _own;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;

    /// <param name="options">Time-outs and trust.</param>
    /// <param name="policy">Judges every address that is connected to.</param>
    /// <param name="proxy">Usually <see cref="HttpClient.DefaultProxy"/>, which reads the environment.</param>
    /// <param name="resolve">Looks a name's addresses up; null: as the system does.</param>
    /// <param name="own">What one CodeRepo brings for its connections; null: these are anybody's.</param>
    public GitHttp(
        GitOptions options,
        HostPolicy policy,
        IWebProxy proxy,
        Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null,
        GitCredentials? own = null
    )
    {
        (Policy, _options, _resolve, _own) = (policy, options, resolve ?? Dns.GetHostAddressesAsync, own?.Proxy);
        _proxy = _own is null ? proxy : new HttpOnlyProxy(_own);
        var trust = new CertificateTrust(options.TrustedCertificates, own?.Authorities, SystemAuthorities.OfProcess);
        _invoker = MakeInvoker(trust, certificate: null);
        if (own?.Certificate is { } given)
        {
            _certificate = X509Certificate2.CreateFromPem(given.Certificates, given.PrivateKey);

            // Nothing is downloaded to complete it: what leads to its authority is beside it, or the remote has it.
            var beside = new X509Certificate2Collection();
            beside.ImportFromPem(given.Certificates);
            var context = SslStreamCertificateContext.Create(_certificate, beside, offline: true);
            _certified = MakeInvoker(trust, context);
        }
    }

    private HttpMessageInvoker MakeInvoker(CertificateTrust trust, SslStreamCertificateContext? certificate)
    {
        var tunnel = _own is null ? null : new ProxyTunnel(_own, _options, Policy, _resolve);
        return new HttpMessageInvoker(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                AutomaticDecompression = DecompressionMethods.GZip | DecompressionMethods.Deflate,
                ConnectTimeout = ProxyTunnel.TimeoutFor(_own, _options),
                ConnectCallback = new GuardedConnect(Policy, _proxy, _resolve, tunnel).ConnectAsync,
                Proxy = _proxy,
                UseProxy = true,
                PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
                // A name that now leads elsewhere is asked for and judged again within this time.
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
                MaxResponseHeadersLength = 64,
                ActivityHeadersPropagator = null,
                SslOptions = new SslClientAuthenticationOptions
                {
                    // The stream builds a chain of its own before it asks us.
                    CertificateChainPolicy = CertificateTrust.TrustingNothing(),
                    ClientCertificateContext = certificate,

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
    /// The same for a CodeRepo that brings authorities, a certificate or a proxy of its own. With connections of its own, which end with
    /// it: one that was made with them is no other CodeRepo's to use.
    /// </summary>
    /// <returns>The same with them; null: it brings none.</returns>
    public GitHttp? With(GitCredentials? own) =>
        own is { Authorities: not null } or { Certificate: not null } or { Proxy: not null }
            ? new GitHttp(_options, Policy, _proxy, _resolve, own)
            : null;

    /// <summary>Sends a request; the body of the response is still to be read.</summary>
    /// <exception cref="RemoteFailureException">There is no response.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        GitCredentials? credentials,
        CancellationToken cancellationToken
    )
    {
        request.Headers.TryAddWithoutValidation("User-Agent", GitAgent.UserAgent);
        if (credentials?.Http is { } login)
        {
            request.Headers.Authorization = login.Header;
        }

        var isForProxy = _own is not null && _proxy.GetProxy(request.RequestUri!) is not null;
        if (isForProxy && _own?.Basic is { } basic)
        {
            request.Headers.ProxyAuthorization = new AuthenticationHeaderValue("Basic", basic);
        }

        // Connections on which the certificate was shown are for its own origin alone.
        var invoker = credentials?.Certificate is null ? _invoker : _certified ?? _invoker;
        var response = await ReadingAsync(() => SendAsync(invoker, request, cancellationToken), request.RequestUri!.IdnHost);
        if (!isForProxy || !IsOfProxy(response))
        {
            return response;
        }

        response.Dispose();
        throw new RemoteFailureException(ProxyFailure.Credentials(_own!));
    }

    /// <summary>
    /// Whether a proxy does not know who asks. To a wrong password tinyproxy responds as if it were the remote, but for its name.
    /// </summary>
    private static bool IsOfProxy(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.ProxyAuthenticationRequired
        || (
            response.StatusCode == HttpStatusCode.Unauthorized
            && response.Headers.WwwAuthenticate.Any(challenge =>
                challenge.Parameter?.Contains("realm=\"Tinyproxy\"", StringComparison.OrdinalIgnoreCase) == true
            )
        );

    /// <summary>
    /// Servers end idle connections, some in the very moment in which a request is on its way: then it is sent once more, over a new
    /// connection, as git does. Nothing that is asked of a remote changes anything there.
    /// </summary>
    private static async Task<HttpResponseMessage> SendAsync(
        HttpMessageInvoker invoker,
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        for (var ended = 0; ; ended++)
        {
            try
            {
                return await invoker.SendAsync(request, cancellationToken);
            }
            catch (HttpRequestException e)
                when (ended < MaximumEnded && (ended == 0 || GuardedConnect.IsReused(request)) && EndedBeforeResponse(e))
            {
                // The next one may be as old; the one that failed is out of the pool. Of the first it can't be known: a request for which a
                // connection is being made goes over another one that comes free meanwhile. So may the next, when several do.
                GuardedConnect.Forget(request);
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

    public void Dispose()
    {
        _invoker.Dispose();
        _certified?.Dispose();
        _certificate?.Dispose();
    }
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Timing;

namespace CodeRepoOperator.Remotes.Proxies;

/// <summary>
/// Connections through a CodeRepo's own proxy. Whoever writes a Secret names it, so where it is is judged as a remote is; where it leads to
/// is the proxy's to resolve, and has been judged by its name.
/// </summary>
/// <param name="proxy">The proxy.</param>
/// <param name="options">Time-outs and trust.</param>
/// <param name="policy">Judges every address of the proxy that is connected to.</param>
/// <param name="resolve">Looks the addresses of the proxy's name up.</param>
internal sealed class ProxyTunnel(
    RemoteProxy proxy,
    GitOptions options,
    HostPolicy policy,
    Func<string, CancellationToken, Task<IPAddress[]>> resolve
)
{
    private readonly CertificateTrust _trust = new(options.TrustedCertificates, proxy.Authorities, SystemAuthorities.OfProcess);

    /// <summary>
    /// How long to wait for a connection by a proxy, if there is one: the proxy has as long as a remote, and what is behind it again.
    /// </summary>
    public static TimeSpan TimeoutFor(RemoteProxy? proxy, GitOptions options) =>
        proxy is null ? options.ConnectTimeout : 2 * options.ConnectTimeout;

    /// <summary>Connects to a host through the proxy.</summary>
    /// <param name="host">The host: a name, or an address.</param>
    /// <param name="port">Its port.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RemoteFailureException">The proxy can't be had, or does not lead there.</exception>
    public Task<Stream> OpenAsync(string host, int port, CancellationToken cancellationToken) =>
        InTimeAsync(token => OpenOnceAsync(WithoutBrackets(host), port, token), cancellationToken);

    /// <summary>Connects to the proxy, which is asked for nothing yet.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RemoteFailureException">The proxy can't be had.</exception>
    public Task<Stream> ConnectAsync(CancellationToken cancellationToken) => InTimeAsync(ConnectOnceAsync, cancellationToken);

    private async Task<Stream> OpenOnceAsync(string host, int port, CancellationToken cancellationToken)
    {
        var stream = await ConnectOnceAsync(cancellationToken);
        try
        {
            await (
                proxy.IsSocks
                    ? SocksRequest.SendAsync(stream, proxy, host, port, cancellationToken)
                    : ConnectRequest.SendAsync(stream, proxy, host, port, cancellationToken)
            );
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private async Task<Stream> ConnectOnceAsync(CancellationToken cancellationToken)
    {
        if (policy.Judge(proxy) is { } refused)
        {
            throw new RemoteFailureException(refused);
        }

        var addresses = Allowed(await resolve(proxy.Host, cancellationToken));
        var connection = await AddressRace.RunAsync(
            addresses,
            (address, _, ended) => DirectConnection.OpenAsync(new IPEndPoint(address, proxy.Port), ended),
            TimeProvider.System,
            cancellationToken
        );
        return proxy.Scheme == Uri.UriSchemeHttps ? await SecureAsync(connection, cancellationToken) : connection;
    }

    private IReadOnlyList<IPAddress> Allowed(IPAddress[] addresses)
    {
        try
        {
            return policy.Allowed(proxy.Host, addresses);
        }
        catch (RemoteFailureException e)
        {
            throw new RemoteFailureException(HostPolicy.OfProxy(proxy, e.Failure), e);
        }
    }

    private async Task<Stream> SecureAsync(Stream connection, CancellationToken cancellationToken)
    {
        var stream = new SslStream(connection, leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = proxy.Host,
                    CertificateChainPolicy = CertificateTrust.TrustingNothing(),
                    RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                        _trust.Judge(proxy.Host, certificate, chain, errors) is { } failure
                            ? throw new RemoteFailureException(failure with { IsOfProxy = true })
                            : true,
                },
                cancellationToken
            );
            return new OpaqueStream(stream);
        }
        catch (Exception e)
        {
            await stream.DisposeAsync();
            throw e is AuthenticationException ? new RemoteFailureException(ProxyFailure.NoTls(proxy), e) : e;
        }
    }

    /// <summary>Turns what a connection throws into the failure that it is.</summary>
    private async Task<Stream> InTimeAsync(Func<CancellationToken, Task<Stream>> open, CancellationToken cancellationToken)
    {
        using var timeout = new LinkedTimeout(options.ConnectTimeout, TimeProvider.System, cancellationToken);
        try
        {
            return await open(timeout.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RemoteFailureException(ProxyFailure.NotInTime(proxy), e);
        }
        catch (SocketException e)
        {
            throw new RemoteFailureException(ProxyFailure.NoConnection(proxy, e.SocketErrorCode), e);
        }
        catch (IOException e)
        {
            // Its end is one as well.
            throw new RemoteFailureException(ProxyFailure.Ended(proxy), e);
        }
    }

    private static string WithoutBrackets(string host) => host is ['[', .. var address, ']'] ? address : host;
}

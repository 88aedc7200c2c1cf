using System.Net;
using CodeRepoOperator.Remotes.Credentials;

namespace CodeRepoOperator.Remotes.Proxies;

/// <summary>
/// What .NET does itself of an HTTP proxy: requests over plain HTTP, which proxies take as they are and not over CONNECT. All else goes
/// through a tunnel that we make.
/// </summary>
internal sealed class HttpOnlyProxy(RemoteProxy proxy) : IWebProxy
{
    // TLS with the proxy is ours as well.
    private readonly Uri _address = new UriBuilder(Uri.UriSchemeHttp, proxy.Host, proxy.Port).Uri;

    public ICredentials? Credentials { get; set; }

    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : _address;

    /// <summary>Whether a request is none of those.</summary>
    public bool IsBypassed(Uri host) => proxy.IsSocks || host.Scheme != Uri.UriSchemeHttp;
}

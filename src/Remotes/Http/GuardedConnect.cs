using System.Net;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Proxies;

namespace CodeRepoOperator.Remotes.Http;

/// <summary>
/// Connects to addresses that the policy allows. What is judged is the address that is connected to, so a name that changes its
/// response between the check and the connection gains nothing.
/// </summary>
/// <param name="policy">Judges.</param>
/// <param name="proxy">The one of the environment, whose own address is not judged; or what .NET does itself of a CodeRepo's.</param>
/// <param name="resolve">Looks a name's addresses up.</param>
/// <param name="tunnel">Through a CodeRepo's own proxy; null: it has none.</param>
internal sealed class GuardedConnect(
    HostPolicy policy,
    IWebProxy proxy,
    Func<string, CancellationToken, Task<IPAddress[]>> resolve,
    ProxyTunnel? tunnel = null
)
{
    /// <summary>Set on a request that a connection was made for.</summary>
    private static readonly HttpRequestOptionsKey<bool> Connected = new(nameof(Connected));

    /// <summary>Whether no connection was made for a request, so that it went over one that others had used before.</summary>
    public static bool IsReused(HttpRequestMessage request) => !request.Options.TryGetValue(Connected, out _);

    /// <summary>Forgets that a connection was made for a request: it is sent again, perhaps over another one.</summary>
    public static void Forget(HttpRequestMessage request) => ((IDictionary<string, object?>)request.Options).Remove(Connected.Key);

    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        context.InitialRequestMessage.Options.Set(Connected, true);
        var host = context.DnsEndPoint.Host;
        if (tunnel is not null)
        {
            return await (
                LeadsToProxy(context.InitialRequestMessage)
                    ? tunnel.ConnectAsync(cancellationToken)
                    : tunnel.OpenAsync(host, context.DnsEndPoint.Port, cancellationToken)
            );
        }

        var addresses = await resolve(host, cancellationToken);
        var allowed = LeadsToProxy(context.InitialRequestMessage) ? addresses : policy.Allowed(host, addresses);
        return await AddressRace.RunAsync(
            allowed,
            (address, _, ended) => DirectConnection.OpenAsync(new IPEndPoint(address, context.DnsEndPoint.Port), ended),
            TimeProvider.System,
            cancellationToken
        );
    }

    // The environment's is the administrator's: its own address is not judged. It gets CONNECT, which .NET alone sends here, or the
    // request.
    private bool LeadsToProxy(HttpRequestMessage request) =>
        request.Method == HttpMethod.Connect || proxy.GetProxy(request.RequestUri!) is { } address && address != request.RequestUri;
}

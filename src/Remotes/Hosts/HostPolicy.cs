using System.Net;
using System.Net.Sockets;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Urls;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Remotes.Hosts;

/// <summary>Decides which remotes may be spoken to: by scheme and host before, by address when connecting.</summary>
internal sealed class HostPolicy(IOptions<GitOptions> options)
{
    // Where credentials of machines can be had (loopback services, link-local and metadata addresses) and what is no host at all.
    private static readonly IPNetwork[] Special = Networks([
        "0.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "::1/128",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
        // Metadata services outside of them: Alibaba, Volcano Engine, Azure, Oracle; AWS, Google, Oracle, Scaleway, Linode.
        "100.100.100.200/32",
        "100.96.0.96/32",
        "168.63.129.16/32",
        "192.0.0.0/24",
        "fd00:ec2::/32",
        "fd20:ce::/64",
        "fd00:c1::/64",
        "fd00:42::/64",
        "fd00:a9fe:a9fe::/48",
        // What Tailscale responds for the machine itself.
        "100.100.100.100/32",
        "fd7a:115c:a1e0::53/128",
        // IPv4 behind gateways (Teredo, a NAT64 of the site's own) whose four bytes can't be found for sure, and relays to such gateways.
        "2001::/32",
        "64:ff9b:1::/48",
        "192.88.99.0/24",
    ]);

    // IPv6 that a gateway turns into IPv4, with the place of the four bytes.
    private static readonly (IPNetwork Network, int Offset)[] Embedding =
    [
        (IPNetwork.Parse("64:ff9b::/96"), 12),
        (IPNetwork.Parse("2002::/16"), 2),
        (IPNetwork.Parse("::/96"), 12),
        (IPNetwork.Parse("::ffff:0:0:0/96"), 12),
    ];

    // Where most clouds have their metadata. A NAT64 may have any prefix, so this one is refused at the end of all.
    private static readonly byte[] Metadata = [169, 254, 169, 254];

    private readonly IReadOnlyList<string> _hosts = options.Value.AllowedHosts;
    private readonly IReadOnlyList<string> _schemes = options.Value.AllowedSchemes;
    private readonly bool _mayShowLogins = options.Value.AllowCredentialsOverHttp;
    private readonly IPNetwork[] _denied = Networks(options.Value.DeniedNetworks);
    private readonly IPNetwork[] _permitted = Networks(options.Value.PermittedNetworks);

    /// <summary>Judges a remote before anything is sent; null: allowed.</summary>
    public CloneFailure? Judge(GitUrl url) => Judge(url.Scheme, url.Host);

    /// <summary>Judges a CodeRepo's own proxy, whose host is one as a remote's; null: allowed.</summary>
    public CloneFailure? Judge(RemoteProxy proxy) => JudgeHost(proxy.Host) is { } refused ? OfProxy(proxy, refused) : null;

    /// <summary>Judges whether a remote may get credentials, before anything is sent; null: allowed.</summary>
    public CloneFailure? Judge(GitUrl url, GitCredentials? credentials) =>
        Judge(url)
        ?? (credentials?.Proxy is { } proxy ? Judge(proxy) : null)
        ?? (
            credentials?.Http is not null && url.Scheme == "http" && !_mayShowLogins
                ? Refused(
                    $"Over http:// everybody on the way could read the {credentials.Http.Keys} of {credentials.Source}, so they are not "
                        + "sent: "
                        + "write https://, or have the administrator set Git:AllowCredentialsOverHttp."
                )
                : null
        );

    /// <summary>Judges an address that a remote leads to, before anything is sent; null: allowed.</summary>
    /// <param name="uri">The address.</param>
    /// <param name="showsLogin">Whether the request would say who asks.</param>
    public CloneFailure? Judge(Uri uri, bool showsLogin) =>
        Judge(uri.Scheme, uri.IdnHost)
        ?? (
            showsLogin && uri.Scheme == "http" && !_mayShowLogins
                ? Refused(
                    $"{uri.IdnHost} is to be asked over http, where everybody on the way could read the login: have whoever runs it use "
                        + "https, or have the administrator set Git:AllowCredentialsOverHttp."
                )
                : null
        );

    /// <summary>Judges an address that a host's name leads to; null: allowed.</summary>
    public CloneFailure? Judge(string host, IPAddress address)
    {
        IPAddress[] forms = [WithoutScope(address), Actual(address)];
        var last = forms[0].GetAddressBytes();
        if (forms.Any(form => _denied.Any(network => network.Contains(form))))
        {
            return Refused($"The host {host} has the address {forms[1]}, which Git:DeniedNetworks excludes: use another remote.");
        }

        return
            (last.AsSpan().EndsWith(Metadata) || forms.Any(form => Special.Any(network => network.Contains(form))))
            && !forms.Any(form => _permitted.Any(network => network.Contains(form)))
            ? Refused(
                $"The host {host} has the address {forms[1]}, a loopback, link-local, metadata or otherwise special one: "
                    + "use another remote, or have the administrator name its network in Git:PermittedNetworks."
            )
            : null;
    }

    /// <summary>Those of a host's addresses that may be connected to, in their order.</summary>
    /// <exception cref="RemoteFailureException">There are some, and none may be.</exception>
    public IReadOnlyList<IPAddress> Allowed(string host, IReadOnlyList<IPAddress> addresses)
    {
        var judged = addresses.Select(address => (Address: address, Refused: Judge(host, address))).ToList();
        return judged.Count > 0 && judged.TrueForAll(one => one.Refused is not null)
            ? throw new RemoteFailureException(judged[^1].Refused!)
            : [.. judged.Where(one => one.Refused is null).Select(one => one.Address)];
    }

    private CloneFailure? Judge(string scheme, string host)
    {
        if (_schemes.Count > 0 && !_schemes.Contains(scheme, StringComparer.OrdinalIgnoreCase))
        {
            return Refused($"The scheme {scheme} is not allowed here: use one of {string.Join(", ", _schemes)} (Git:AllowedSchemes).");
        }

        return JudgeHost(host);
    }

    private CloneFailure? JudgeHost(string host)
    {
        var name = host.TrimEnd('.').ToLowerInvariant();
        if (_hosts.Count > 0 && !_hosts.Any(pattern => HostPattern.Matches(pattern, name)))
        {
            return Refused(
                $"The host {name} is not allowed here: use another remote, or have the administrator add it to Git:AllowedHosts."
            );
        }

        if (IPAddress.TryParse(name, out var literal))
        {
            return Judge(name, literal);
        }

        return name == "localhost" || name.EndsWith(".localhost", StringComparison.Ordinal) ? Judge(name, IPAddress.Loopback) : null;
    }

    private static IPAddress WithoutScope(IPAddress address) => new(address.GetAddressBytes());

    private static IPAddress Actual(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (
            address.AddressFamily != AddressFamily.InterNetworkV6
            || address.Equals(IPAddress.IPv6Loopback)
            || address.Equals(IPAddress.IPv6Any)
        )
        {
            return address;
        }

        var plain = WithoutScope(address);
        if (IsIsatap(plain.GetAddressBytes()))
        {
            return new IPAddress(plain.GetAddressBytes().AsSpan(12));
        }

        return Array.Find(Embedding, e => e.Network.Contains(plain)) is { Offset: > 0 } embedding
            ? new IPAddress(plain.GetAddressBytes().AsSpan(embedding.Offset, 4))
            : plain;
    }

    // RFC 5214: any prefix, then 0:5efe or 200:5efe, then IPv4.
    private static bool IsIsatap(ReadOnlySpan<byte> address) =>
        (address[8] | 2) == 2 && address[9] == 0 && address[10] == 0x5e && address[11] == 0xfe;

    private static IPNetwork[] Networks(IEnumerable<string> networks) => [.. networks.Select(network => IPNetwork.Parse(network))];

    private static CloneFailure Refused(string message) => new(Reasons.HostNotAllowed, message);

    /// <summary>Says that it is the proxy that is refused, and not the remote.</summary>
    public static CloneFailure OfProxy(RemoteProxy proxy, CloneFailure refused) =>
        refused with
        {
            Message = $"proxyAddress of {proxy.Source}: {refused.Message}",
            IsOfProxy = true,
        };
}

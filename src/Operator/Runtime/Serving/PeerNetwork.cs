using System.Net;
using System.Net.Sockets;

namespace CodeRepoOperator.Runtime.Serving;

/// <summary>Whom limits for each address count by.</summary>
internal static class PeerNetwork
{
    /// <summary>Of an IPv6 address: what is behind it is its owner's choice.</summary>
    private const int NetworkBytes = 8;

    /// <summary>The address; of IPv6 the /64 that it is of.</summary>
    public static string NameOf(IPAddress? address) =>
        address switch
        {
            null => "",
            { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
            { AddressFamily: AddressFamily.InterNetworkV6 } => Convert.ToHexString(address.GetAddressBytes().AsSpan(0, NetworkBytes)),
            _ => address.ToString(),
        };
}

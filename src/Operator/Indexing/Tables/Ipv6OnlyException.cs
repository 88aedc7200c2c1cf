using System.Net.Sockets;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>A host that can't be reached, for it has no IPv4 address, and there is no IPv6 here.</summary>
internal sealed class Ipv6OnlyException(string host, SocketException cause)
    : IOException(
        $"{host} has no IPv4 address, and there is no way to its IPv6 address from here ({cause.Message}): name a host with an IPv4 "
            + "address, such as the provider's session pooler, or give the pods IPv6",
        cause
    );

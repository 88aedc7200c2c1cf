using System.Net;
using System.Net.Sockets;

namespace CodeRepoOperator.Remotes.Hosts;

/// <summary>A connection to an address that was judged.</summary>
internal static class DirectConnection
{
    /// <summary>Connects.</summary>
    /// <exception cref="SocketException">It responds with none.</exception>
    public static async Task<NetworkStream> OpenAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

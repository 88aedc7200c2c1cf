using System.Net;
using System.Net.Sockets;

namespace CodeRepoOperator.Machinery.Network;

/// <summary>Ports for programs that are reported which to listen on.</summary>
internal static class FreePort
{
    // Below those that Linux gives to connections (ip_local_port_range): one of these would be taken now and then before the program has
    // it.
    private const int First = 15_000;
    private const int Count = 15_000;

    private static int _last = Environment.ProcessId % Count;

    /// <summary>A port on loopback that nobody listens on, and that nobody else here is given.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = First + (Interlocked.Increment(ref _last) % Count);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // The next one, then.
            }
        }
    }
}

using System.Net;
using System.Net.Sockets;

namespace CodeRepoOperator.Machinery.Network;

/// <summary>
/// An address of loopback that neither takes connections nor refuses them, as one behind a firewall: its queue is full, so Linux drops what
/// comes.
/// </summary>
internal sealed class BlackHole : IDisposable
{
    // What is let into the queue before it is full, and some.
    private const int Filling = 4;

    private readonly List<Socket> _sockets = [];

    public BlackHole(string address, int port)
    {
        var endpoint = new IPEndPoint(IPAddress.Parse(address), port);
        var listener = Add();
        listener.Bind(endpoint);
        listener.Listen(backlog: 0);
        for (var i = 0; i < Filling; i++)
        {
            var one = Add();
            one.Blocking = false;
            try
            {
                one.Connect(endpoint);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // It is on its way, or waits for ever.
            }
        }
    }

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    private Socket Add()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        return socket;
    }
}

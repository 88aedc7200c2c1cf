using System.Net;
using System.Net.Sockets;

namespace CodeRepoOperator.Machinery.Network;

/// <summary>Takes connections on loopback until it is disposed, each served beside the others.</summary>
internal sealed class LoopbackListener : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly TcpListener _listener;
    private readonly Func<TcpClient, CancellationToken, Task> _serveAsync;
    private readonly Task _accepting;

    /// <summary>Begins to listen.</summary>
    /// <param name="serveAsync">Serves a connection, disposes it, and does not fail when either side leaves; the token ends it.</param>
    /// <param name="port">The port to listen on; 0: any.</param>
    public LoopbackListener(Func<TcpClient, CancellationToken, Task> serveAsync, int port = 0)
    {
        _serveAsync = serveAsync;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>The port that it listens on.</summary>
    public int Port { get; }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(_serveAsync(await _listener.AcceptTcpClientAsync(_ended.Token), _ended.Token));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // It was disposed of: while it waited for a connection, or between two of them, when it does not listen any more.
            await Task.WhenAll(serving);
        }
    }
}

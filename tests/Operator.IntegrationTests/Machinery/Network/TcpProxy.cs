using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace CodeRepoOperator.Machinery.Network;

/// <summary>A way over TCP to a port on loopback that can break, or hang, without a word.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Connection, bool> _connections = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly int _target;
    private TcpListener _listener;
    private Task _accepting;
    private volatile bool _hangs;
    private int _accepted;

    /// <summary>Begins to listen.</summary>
    /// <param name="target">The port that it leads to.</param>
    public TcpProxy(int target)
    {
        _target = target;
        _listener = new TcpListener(IPAddress.Loopback, 0);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync(_listener);
    }

    /// <summary>The port that it listens on.</summary>
    public int Port { get; }

    /// <summary>How many connections came so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>How long a connection lives before it is cut, by its number; null: no limit.</summary>
    public Func<int, TimeSpan>? Lifetime { get; set; }

    /// <summary>Breaks all connections; new ones work.</summary>
    public void Cut()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Cut();
        }
    }

    /// <summary>Forwards nothing any more over the connections that there are, and keeps them open; new ones work.</summary>
    public void HangConnections()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Hangs = true;
        }
    }

    /// <summary>Forwards nothing any more, over new connections either, and keeps all open.</summary>
    public void Hang()
    {
        _hangs = true;
        HangConnections();
    }

    /// <summary>Breaks all connections, and refuses new ones: nobody listens any more.</summary>
    public void Refuse()
    {
        _listener.Dispose();
        Cut();
    }

    /// <summary>New connections work again. Those that hang stay so: what they should have forwarded is lost.</summary>
    public void Resume()
    {
        _hangs = false;
        Lifetime = null;
        if (_accepting.IsCompleted)
        {
            _listener = new TcpListener(IPAddress.Loopback, Port);
            _listener.Start();
            _accepting = AcceptAsync(_listener);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Dispose();
        await _accepting;
        Cut();
        await Task.WhenAll(_connections.Keys.Select(connection => connection.Ended.Task));
        _ended.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var accepted = await listener.AcceptSocketAsync(_ended.Token);
                accepted.NoDelay = true;
                var connection = new Connection(accepted) { Hangs = _hangs };
                _connections[connection] = true;
                var number = Interlocked.Increment(ref _accepted);
                var lifetime = Lifetime?.Invoke(number) ?? Timeout.InfiniteTimeSpan;
                _ = ServeAsync(connection, lifetime);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end of the proxy, or it refuses from now on.
        }
    }

    private async Task ServeAsync(Connection connection, TimeSpan lifetime)
    {
        using var end = new CancellationTokenSource(lifetime, TimeProvider.System);
        await using var cut = end.Token.Register(connection.Cut);
        try
        {
            await connection.Server.ConnectAsync(IPAddress.Loopback, _target, _ended.Token);
            var forth = CopyAsync(connection, connection.Client, connection.Server);
            await Task.WhenAny(CopyAsync(connection, connection.Server, connection.Client), forth);
            if (connection.Hangs)
            {
                // That the server left is a word too.
                await forth;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // There is nobody at the other end.
        }
        finally
        {
            connection.Cut();
            _connections.TryRemove(connection, out _);
            connection.Ended.SetResult();
        }
    }

    private async Task CopyAsync(Connection connection, Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _ended.Token) is var count and > 0)
            {
                if (!connection.Hangs)
                {
                    await to.SendAsync(buffer.AsMemory(0, count), _ended.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One of the two left, or the connection was cut.
        }
    }

    private sealed class Connection(Socket client)
    {
        private volatile bool _hangs;

        public Socket Client { get; } = client;

        public Socket Server { get; } = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Hangs
        {
            get => _hangs;
            set => _hangs = value;
        }

        /// <summary>With a reset, as a router does that has forgotten the connection.</summary>
        public void Cut()
        {
            Client.Close(0);
            Server.Close(0);
        }
    }
}

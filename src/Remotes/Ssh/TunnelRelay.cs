using System.Net;
using System.Net.Sockets;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>
/// Lends a connection that is there already to SSH.NET, which makes its connections itself: it connects to a port of this process on
/// loopback, and what comes there is carried on. Its own ways through proxies are not fit: they look names up here, take as much memory as
/// a proxy says, and say what failed by words alone.
/// </summary>
internal sealed class TunnelRelay : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Stream _tunnel;
    private readonly Task _running;
    private int _disposed;

    private TunnelRelay(Stream tunnel)
    {
        _tunnel = tunnel;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(backlog: 1);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _running = RunAsync();
    }

    /// <summary>Where the one connection is taken.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Begins to lend a connection.</summary>
    /// <param name="tunnel">The connection, which ends with this.</param>
    /// <exception cref="SocketException">There is no port for it.</exception>
    public static async Task<TunnelRelay> StartAsync(Stream tunnel)
    {
        try
        {
            return new TunnelRelay(tunnel);
        }
        catch
        {
            await tunnel.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _ended.CancelAsync();

        // How it ends is known to those who read and write there.
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        await _tunnel.DisposeAsync();
        _ended.Dispose();
    }

    private async Task RunAsync()
    {
        using var accepted = await _listener.AcceptAsync(_ended.Token);
        _listener.Dispose();
        accepted.NoDelay = true;
        await using var near = new NetworkStream(accepted, ownsSocket: false);
        var coming = CarryBackAsync(near, accepted);
        try
        {
            // Until SSH.NET closes its end.
            await near.CopyToAsync(_tunnel, _ended.Token);
        }
        finally
        {
            await _ended.CancelAsync();
            await coming.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task CarryBackAsync(NetworkStream near, Socket accepted)
    {
        try
        {
            await _tunnel.CopyToAsync(near, _ended.Token);
        }
        finally
        {
            // What has come is still read; then there is its end.
            accepted.Shutdown(SocketShutdown.Send);
        }
    }
}

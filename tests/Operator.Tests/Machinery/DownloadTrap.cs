using System.Net;
using System.Net.Sockets;

namespace CodeRepoOperator.Machinery;

/// <summary>A listener on loopback that must hear nothing, and says at once to whoever comes that there is nothing.</summary>
internal sealed class DownloadTrap : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;
    private int _heard;

    public DownloadTrap()
    {
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>How many came.</summary>
    public int Heard => Volatile.Read(ref _heard) + (_listener.Pending() ? 1 : 0);

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_ended.Token);
                Interlocked.Increment(ref _heard);
                await client
                    .GetStream()
                    .WriteAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), _ended.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }
}

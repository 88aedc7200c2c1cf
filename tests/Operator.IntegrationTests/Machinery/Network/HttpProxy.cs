using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CodeRepoOperator.Remotes.Credentials;

namespace CodeRepoOperator.Machinery.Network;

/// <summary>A plain HTTP proxy (CONNECT and absolute-form) that leads every name to one port on loopback.</summary>
internal sealed class HttpProxy : IAsyncDisposable
{
    private readonly LoopbackListener _listener;
    private readonly int _target;
    private readonly X509Certificate2? _certificate;
    private readonly TaskCompletionSource _hangs = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _connections;

    /// <summary>Begins to listen.</summary>
    /// <param name="target">The port that all is led to.</param>
    /// <param name="port">The port to listen on; 0: any.</param>
    /// <param name="certificate">With which it speaks TLS itself; null: it does not.</param>
    public HttpProxy(int target, int port = 0, X509Certificate2? certificate = null)
    {
        (_target, _certificate) = (target, certificate);
        _listener = new LoopbackListener(ServeAsync, port);
    }

    /// <summary>The port that it listens on.</summary>
    public int Port => _listener.Port;

    /// <summary>For <c>http_proxy</c> and <c>https_proxy</c>.</summary>
    public string Address => $"http://{IPAddress.Loopback}:{Port}";

    /// <summary>The same for a CodeRepo of its own.</summary>
    public RemoteProxy Proxy => new(_certificate is null ? "http" : "https", $"{IPAddress.Loopback}", Port);

    /// <summary>How many connections went through.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>From now on connections stay open and forward nothing.</summary>
    public void Hang() => _hangs.TrySetResult();

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ForwardAsync(Stream from, Stream to, CancellationToken ended)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer, ended) is var read and > 0)
        {
            if (_hangs.Task.IsCompleted)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ended);
            }

            await to.WriteAsync(buffer.AsMemory(0, read), ended);
        }
    }

    private async Task<Stream> DownAsync(NetworkStream accepted, CancellationToken ended)
    {
        if (_certificate is null)
        {
            return accepted;
        }

        var secured = new SslStream(accepted);
        await secured.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, ended);
        return secured;
    }

    private async Task ServeAsync(TcpClient accepted, CancellationToken ended)
    {
        using var client = accepted;
        using var server = new TcpClient { NoDelay = true };
        client.NoDelay = true;
        Interlocked.Increment(ref _connections);
        try
        {
            await using var down = await DownAsync(client.GetStream(), ended);
            var head = new byte[16 * 1024];
            var length = 0;
            while (head.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0)
            {
                length += await down.ReadAsync(head.AsMemory(length), ended) is var read and > 0 ? read : throw new IOException("ended");
            }

            await server.ConnectAsync(IPAddress.Loopback, _target, ended);
            var up = server.GetStream();
            if (Encoding.ASCII.GetString(head, 0, length).StartsWith("CONNECT ", StringComparison.Ordinal))
            {
                await down.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), ended);
            }
            else
            {
                // A server takes the absolute form too (RFC 9112, 3.2.2).
                await up.WriteAsync(head.AsMemory(0, length), ended);
            }

            await Task.WhenAny(ForwardAsync(up, down, ended), ForwardAsync(down, up, ended));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or AuthenticationException)
        {
            // One of the two left.
        }
    }
}

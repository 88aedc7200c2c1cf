using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace CodeRepoOperator.Machinery;

/// <summary>Speaks TLS on loopback with a certificate, and sends no other certificate than it is told to.</summary>
internal sealed class TlsFront : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly SslStreamCertificateContext _shown;
    private readonly int? _target;
    private readonly Task _accepting;
    private int _handshakes;

    /// <param name="certificate">What it shows.</param>
    /// <param name="sent">What it sends beside it.</param>
    /// <param name="target">The port on loopback that plain connections lead on to; null: the connection ends after the handshake.</param>
    public TlsFront(X509Certificate2 certificate, X509Certificate2Collection? sent = null, int? target = null)
    {
        _shown = SslStreamCertificateContext.Create(certificate, sent, offline: true);
        _target = target;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>The port that it listens on.</summary>
    public int Port { get; }

    /// <summary>How many clients saw the certificate.</summary>
    public int Handshakes => Volatile.Read(ref _handshakes);

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
                serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_ended.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end.
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                await SkipPostgresAsync(client);
                Interlocked.Increment(ref _handshakes);
                await using var tls = new SslStream(client.GetStream());
                await tls.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions { ServerCertificateContext = _shown }, _ended.Token);
                if (_target is { } port)
                {
                    using var server = new TcpClient();
                    await server.ConnectAsync(IPAddress.Loopback, port, _ended.Token);
                    var plain = server.GetStream();
                    await Task.WhenAny(tls.CopyToAsync(plain, _ended.Token), plain.CopyToAsync(tls, _ended.Token));
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or System.Security.Authentication.AuthenticationException)
        {
            // The client left, or does not trust it.
        }
    }

    /// <summary>PostgreSQL's clients ask for TLS by 8 bytes, which begin with their number, and wait for an S.</summary>
    private async Task SkipPostgresAsync(TcpClient client)
    {
        var start = new byte[8];
        var seen = await client.Client.ReceiveAsync(start, SocketFlags.Peek, _ended.Token);
        if (seen > 0 && start[0] == 0)
        {
            await client.GetStream().ReadExactlyAsync(start, _ended.Token);
            await client.GetStream().WriteAsync("S"u8.ToArray(), _ended.Token);
        }
    }
}

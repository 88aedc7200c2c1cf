using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace CodeRepoOperator.Machinery;

/// <summary>Speaks TLS on loopback with a certificate, and leaves.</summary>
internal sealed class TlsFront : IAsyncDisposable
{
    private readonly LoopbackListener _listener;
    private readonly SslStreamCertificateContext _shown;
    private int _handshakes;

    /// <param name="certificate">What it shows.</param>
    /// <param name="sent">The certificates above it that it sends along.</param>
    public TlsFront(X509Certificate2 certificate, params X509Certificate2[] sent)
    {
        _shown = SslStreamCertificateContext.Create(certificate, [.. sent], offline: true);
        _listener = new LoopbackListener(ServeAsync);
    }

    /// <summary>The port that it listens on.</summary>
    public int Port => _listener.Port;

    /// <summary>How many clients saw the certificate.</summary>
    public int Handshakes => Volatile.Read(ref _handshakes);

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(TcpClient client, CancellationToken ended)
    {
        try
        {
            using (client)
            {
                await SkipPostgresAsync(client, ended);
                Interlocked.Increment(ref _handshakes);
                await using var tls = new SslStream(client.GetStream());
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = _shown }, ended);
            }
        }
        catch (Exception e)
            when (e
                    is OperationCanceledException
                        or IOException
                        or SocketException
                        or System.Security.Authentication.AuthenticationException
            )
        {
            // The client left, or does not trust it.
        }
    }

    /// <summary>PostgreSQL's clients ask for TLS by 8 bytes, which begin with their number, and wait for an S.</summary>
    private static async Task SkipPostgresAsync(TcpClient client, CancellationToken ended)
    {
        var start = new byte[8];
        var seen = await client.Client.ReceiveAsync(start, SocketFlags.Peek, ended);
        if (seen > 0 && start[0] == 0)
        {
            await client.GetStream().ReadExactlyAsync(start, ended);
            await client.GetStream().WriteAsync("S"u8.ToArray(), ended);
        }
    }
}

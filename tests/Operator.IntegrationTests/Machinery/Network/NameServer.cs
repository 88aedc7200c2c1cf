using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CodeRepoOperator.Machinery.Network;

/// <summary>A DNS server on loopback for names that a test makes up, and that may lead elsewhere at any time.</summary>
internal sealed class NameServer : IAsyncDisposable
{
    private const int Port = 53;
    private const int HeaderLength = 12;
    private const ushort Responded = 0x8180;
    private const ushort NoSuchName = 0x8183;
    private const ushort TypeA = 1;

    private readonly TemporaryDirectory _directory = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly UdpClient _socket;
    private readonly Task _serving;

    /// <summary>Begins to respond.</summary>
    public NameServer()
    {
        // The port is fixed, so the address must differ from that of any other.
        var random = System.Security.Cryptography.RandomNumberGenerator.GetBytes(3);
        var address = new IPAddress([127, (byte)(random[0] | 128), random[1], (byte)(random[2] | 1)]);
        _socket = new UdpClient(new IPEndPoint(address, Port));
        var configuration = Path.Combine(_directory.Path, "resolv.conf");
        AsResolver =
        [
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"",
            configuration,
        ];
        File.WriteAllText(configuration, $"nameserver {address}\noptions timeout:1 attempts:1\n");
        _serving = ServeAsync();
    }

    /// <summary>A command that becomes another program, which then asks here: in a mount namespace, which takes root.</summary>
    public IReadOnlyList<string> AsResolver { get; }

    /// <summary>Where a name leads: none, there is no such name; null: no response at all.</summary>
    public Func<string, IReadOnlyList<string>?> Addresses { get; set; } = _ => [];

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _socket.Dispose();
        await _serving;
        _ended.Dispose();
        _directory.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var query = await _socket.ReceiveAsync(_ended.Token);
                if (Response(query.Buffer) is { } response)
                {
                    await _socket.SendAsync(response, query.RemoteEndPoint, _ended.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private byte[]? Response(byte[] query)
    {
        var labels = new List<string>();
        var at = HeaderLength;
        for (; query[at] > 0; at += query[at] + 1)
        {
            labels.Add(Encoding.ASCII.GetString(query, at + 1, query[at]));
        }

        var type = BinaryPrimitives.ReadUInt16BigEndian(query.AsSpan(at + 1));
        if (Addresses(string.Join('.', labels)) is not { } addresses)
        {
            return null;
        }

        var shown = type == TypeA ? addresses : [];
        var response = new List<byte>(query[..(at + 5)]);
        void Put(int index, ushort value) => (response[index], response[index + 1]) = ((byte)(value >> 8), (byte)value);
        Put(2, addresses.Count > 0 ? Responded : NoSuchName);
        Put(6, (ushort)shown.Count);
        Put(8, 0);
        Put(10, 0);
        foreach (var address in shown)
        {
            // The name as above, type A, class IN, to be forgotten at once, four bytes.
            response.AddRange([0xc0, HeaderLength, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, .. IPAddress.Parse(address).GetAddressBytes()]);
        }

        return [.. response];
    }
}

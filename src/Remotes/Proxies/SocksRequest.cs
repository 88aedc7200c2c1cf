using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Proxies;

/// <summary>
/// Has a SOCKS5 proxy lead on to a host (RFC 1928), with a user name and a password if there are some (RFC 1929). Names are the proxy's to
/// resolve.
/// </summary>
internal static class SocksRequest
{
    /// <summary>In bytes: how long a name, a user's name or a password may be, each with its length in one byte.</summary>
    public const int LongestText = byte.MaxValue;

    private const byte Version = 5;
    private const byte LoginVersion = 1;
    private const byte NoLogin = 0;
    private const byte Login = 2;
    private const byte NoMethod = 0xff;
    private const byte Connect = 1;
    private const byte Ipv4 = 1;
    private const byte Name = 3;
    private const byte Ipv6 = 4;

    /// <summary>Asks for the way.</summary>
    /// <param name="stream">The connection to the proxy; it leads to the host then.</param>
    /// <param name="proxy">The proxy.</param>
    /// <param name="host">The host: a name, or an address.</param>
    /// <param name="port">Its port.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RemoteFailureException">The proxy does not lead there.</exception>
    public static async Task SendAsync(Stream stream, RemoteProxy proxy, string host, int port, CancellationToken cancellationToken)
    {
        await LogInAsync(stream, proxy, cancellationToken);
        var portBytes = new byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(portBytes, (ushort)port);
        await SendAsync(stream, [Version, Connect, 0, .. AddressOf(host), .. portBytes], cancellationToken);

        // What follows are the address and the port from which the proxy connects: of no use, but they are read, for then the host speaks.
        var reply = await ReadAsync(stream, length: 4, cancellationToken);
        if (reply[0] != Version)
        {
            throw NoProxy(proxy);
        }

        if (ProxyFailure.OfReply(proxy, reply[1], $"{host}:{port}") is { } failure)
        {
            throw new RemoteFailureException(failure);
        }

        var length = reply[3] switch
        {
            Ipv4 => 4,
            Ipv6 => 16,
            Name => (await ReadAsync(stream, length: 1, cancellationToken))[0],
            _ => throw NoProxy(proxy),
        };
        await ReadAsync(stream, length + sizeof(ushort), cancellationToken);
    }

    private static async Task LogInAsync(Stream stream, RemoteProxy proxy, CancellationToken cancellationToken)
    {
        byte[] methods = proxy.UserName is null ? [NoLogin] : [NoLogin, Login];
        await SendAsync(stream, [Version, (byte)methods.Length, .. methods], cancellationToken);
        var chosen = await ReadAsync(stream, length: 2, cancellationToken);
        switch (chosen)
        {
            case [Version, NoLogin]:
                return;
            case [Version, Login] when proxy.UserName is not null:
                await SendAsync(stream, [LoginVersion, .. TextOf(proxy.UserName), .. TextOf(proxy.Password!)], cancellationToken);
                if ((await ReadAsync(stream, length: 2, cancellationToken))[1] != 0)
                {
                    throw new RemoteFailureException(ProxyFailure.Credentials(proxy));
                }

                return;
            case [Version, NoMethod]:
                throw new RemoteFailureException(ProxyFailure.Credentials(proxy));
            default:
                throw NoProxy(proxy);
        }
    }

    private static byte[] AddressOf(string host) =>
        IPAddress.TryParse(host, out var address)
            ? [address.AddressFamily == AddressFamily.InterNetworkV6 ? Ipv6 : Ipv4, .. address.GetAddressBytes()]
            : [Name, .. TextOf(host)];

    private static byte[] TextOf(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return [checked((byte)bytes.Length), .. bytes];
    }

    private static async Task SendAsync(Stream stream, byte[] message, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(message, cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    private static async Task<byte[]> ReadAsync(Stream stream, int length, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    private static RemoteFailureException NoProxy(RemoteProxy proxy) => new(ProxyFailure.NoProxy(proxy));
}

using System.Globalization;
using System.Text;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Protocol;

namespace CodeRepoOperator.Remotes.Proxies;

/// <summary>Has an HTTP proxy lead on to a host (CONNECT, RFC 9110, section 9.3.6).</summary>
internal static class ConnectRequest
{
    /// <summary>In bytes: no proxy's response has more before its body.</summary>
    private const int LongestResponse = 16 * 1024;

    // HTTP/1.1 200
    private const int StatusOffset = 9;
    private const int StatusLength = 3;

    /// <summary>Asks for the way.</summary>
    /// <param name="stream">The connection to the proxy; it leads to the host then.</param>
    /// <param name="proxy">The proxy.</param>
    /// <param name="host">The host: a name, or an address.</param>
    /// <param name="port">Its port.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RemoteFailureException">The proxy does not lead there.</exception>
    public static async Task SendAsync(Stream stream, RemoteProxy proxy, string host, int port, CancellationToken cancellationToken)
    {
        var target = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}";
        var login = proxy.Basic is { } basic ? $"Proxy-Authorization: Basic {basic}\r\n" : "";
        var request = $"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nUser-Agent: {GitAgent.UserAgent}\r\n{login}\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), cancellationToken);
        await stream.FlushAsync(cancellationToken);
        var status = StatusOf(await ReadHeadAsync(stream, proxy, cancellationToken)) ?? throw NoProxy(proxy);
        if (ProxyFailure.OfStatus(proxy, status, target) is { } failure)
        {
            throw new RemoteFailureException(failure);
        }
    }

    /// <summary>Byte by byte: what follows is the host's, and a server of SSH speaks first.</summary>
    private static async Task<byte[]> ReadHeadAsync(Stream stream, RemoteProxy proxy, CancellationToken cancellationToken)
    {
        var head = new byte[LongestResponse];
        var length = 0;
        while (length < head.Length)
        {
            await stream.ReadExactlyAsync(head.AsMemory(length, 1), cancellationToken);
            length++;
            if (head[length - 1] == '\n' && head.AsSpan(0, length) is var read && (read.EndsWith("\r\n\r\n"u8) || read.EndsWith("\n\n"u8)))
            {
                return head[..length];
            }

            if (length == StatusOffset && !head.AsSpan(0, length).StartsWith("HTTP/1."u8))
            {
                break;
            }
        }

        throw NoProxy(proxy);
    }

    private static int? StatusOf(ReadOnlySpan<byte> head) =>
        head.Length > StatusOffset + StatusLength
        && head[StatusOffset - 1] == ' '
        && int.TryParse(head.Slice(StatusOffset, StatusLength), NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            ? status
            : null;

    private static RemoteFailureException NoProxy(RemoteProxy proxy) => new(ProxyFailure.NoProxy(proxy));
}

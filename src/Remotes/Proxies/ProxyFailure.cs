using System.Net;
using System.Net.Sockets;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Proxies;

/// <summary>What it means that a CodeRepo's own proxy does not lead to a remote: it is not the remote's fault.</summary>
internal static class ProxyFailure
{
    /// <summary>It does not know who asks, or does not accept what it is told.</summary>
    public static CloneFailure Credentials(RemoteProxy proxy) =>
        new(
            Reasons.AuthenticationFailed,
            proxy.UserName is null
                ? $"The proxy {proxy.Address} wants credentials: put proxyUsername and proxyPassword into {proxy.Source}."
                : $"The proxy {proxy.Address} does not accept the proxyUsername and proxyPassword of {proxy.Source}: wrong, expired or "
                    + "withdrawn. Put valid ones there."
        )
        {
            IsOfProxy = true,
        };

    /// <summary>There is no connection to it.</summary>
    public static CloneFailure NoConnection(RemoteProxy proxy, SocketError error) =>
        Unreachable(
            error switch
            {
                SocketError.HostNotFound or SocketError.NoData =>
                    $"DNS knows no address of the proxy {proxy.Address}: check proxyAddress of {proxy.Source}.",
                SocketError.TryAgain or SocketError.NoRecovery =>
                    $"DNS could not be asked for the address of the proxy {proxy.Address}: it is tried again; if it stays so, check the "
                        + "operator's DNS and network policies.",
                SocketError.ConnectionRefused =>
                    $"The proxy {proxy.Address} refused the connection: check proxyAddress of {proxy.Source}, and whether the proxy runs.",
                SocketError.NetworkUnreachable or SocketError.HostUnreachable =>
                    $"There is no route to the proxy {proxy.Address}: check proxyAddress of {proxy.Source}, and the network.",
                SocketError.TimedOut => NotInTimeText(proxy),
                _ => EndedText(proxy),
            }
        );

    /// <summary>The time for a connection is over.</summary>
    public static CloneFailure NotInTime(RemoteProxy proxy) => Unreachable(NotInTimeText(proxy));

    /// <summary>It ended the connection while it was asked to lead on.</summary>
    public static CloneFailure Ended(RemoteProxy proxy) => Unreachable(EndedText(proxy));

    /// <summary>There is no TLS with it.</summary>
    public static CloneFailure NoTls(RemoteProxy proxy) =>
        Unreachable(
            $"TLS with the proxy {proxy.Address} failed: write http:// into proxyAddress of {proxy.Source} if the proxy itself speaks no "
                + "TLS, as most do."
        );

    /// <summary>What responds is no such proxy.</summary>
    public static CloneFailure NoProxy(RemoteProxy proxy) =>
        Unreachable(
            $"What responds at {proxy.Address} is no {(proxy.IsSocks ? "SOCKS5" : "HTTP")} proxy: check proxyAddress of {proxy.Source}, "
                + "its scheme too."
        );

    /// <summary>What an HTTP proxy says to CONNECT; null: it leads on.</summary>
    /// <param name="proxy">The proxy.</param>
    /// <param name="status">The status of its response.</param>
    /// <param name="target">Where it was to lead: host and port.</param>
    public static CloneFailure? OfStatus(RemoteProxy proxy, int status, string target) =>
        status switch
        {
            >= 200 and < 300 => null,
            (int)HttpStatusCode.ProxyAuthenticationRequired or (int)HttpStatusCode.Unauthorized => Credentials(proxy),
            (int)HttpStatusCode.Forbidden => Forbidden(proxy, target, "HTTP 403"),
            >= 500 and < 600 and not (int)HttpStatusCode.NotImplemented => NoWay(proxy, target, $"HTTP {status}"),
            _ => Unreachable(
                $"The proxy {proxy.Address} does not connect to {target} (HTTP {status}): have whoever runs it allow CONNECT to that port, "
                    + $"or correct proxyAddress of {proxy.Source}."
            ),
        };

    /// <summary>What a SOCKS proxy says (RFC 1928, section 6); null: it leads on.</summary>
    /// <param name="proxy">The proxy.</param>
    /// <param name="reply">The field REP.</param>
    /// <param name="target">Where it was to lead: host and port.</param>
    public static CloneFailure? OfReply(RemoteProxy proxy, byte reply, string target) =>
        reply switch
        {
            0 => null,
            1 => NoWay(proxy, target, "SOCKS error 1, general failure"),
            2 => Forbidden(proxy, target, "SOCKS error 2, not allowed"),
            3 => NoWay(proxy, target, "SOCKS error 3, network unreachable"),
            4 => NoWay(proxy, target, "SOCKS error 4, host unreachable"),
            5 => NoWay(proxy, target, "SOCKS error 5, connection refused"),
            6 => NoWay(proxy, target, "SOCKS error 6, time exceeded"),
            7 => NoWay(proxy, target, "SOCKS error 7, connections not supported"),
            8 => NoWay(proxy, target, "SOCKS error 8, kind of address not supported"),
            _ => NoWay(proxy, target, $"SOCKS error {reply}"),
        };

    private static CloneFailure Forbidden(RemoteProxy proxy, string target, string how) =>
        Unreachable(
            $"The proxy {proxy.Address} may not connect to {target} ({how}): have whoever runs it allow that, or name another one in "
                + $"proxyAddress of {proxy.Source}."
        );

    private static CloneFailure NoWay(RemoteProxy proxy, string target, string how) =>
        Unreachable(
            $"The proxy {proxy.Address} has no connection to {target} ({how}): it is tried again; if it stays so, check the URL's host and "
                + "port, and ask whoever runs the proxy."
        );

    private static string NotInTimeText(RemoteProxy proxy) =>
        $"The proxy {proxy.Address} did not lead on within Git:ConnectTimeout: check proxyAddress of {proxy.Source}, network policies, and "
        + "the proxy.";

    private static string EndedText(RemoteProxy proxy) =>
        $"The proxy {proxy.Address} ended the connection: it is tried again; if it stays so, check proxyAddress of {proxy.Source}, its "
        + "scheme too, and the proxy's log.";

    private static CloneFailure Unreachable(string message) => new(Reasons.Unreachable, message) { IsOfProxy = true };
}

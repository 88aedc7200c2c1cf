using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Protocol;

namespace CodeRepoOperator.Remotes.Http;

/// <summary>What a broken or refused connection means for a clone.</summary>
internal static class ConnectionFailure
{
    private static readonly string[] ClientAlerts =
    [
        "alert certificate required",
        "alert bad certificate",
        "alert unsupported certificate",
        "alert certificate revoked",
        "alert certificate expired",
        "alert certificate unknown",
        "alert unknown ca",
    ];

    /// <summary>The failure behind an exception of the HTTP stack.</summary>
    public static CloneFailure Of(Exception exception, string host)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case RemoteFailureException failure:
                    return failure.Failure;
                case AuthenticationException or IOException when RefusesClient(e):
                    return new CloneFailure(
                        Reasons.AuthenticationFailed,
                        $"The host {host} wants a client certificate, or another one: put one that it accepts into tls.crt of the Secret, "
                            + "and its key into tls.key."
                    );
                case AuthenticationException:
                    return Unreachable($"TLS with {host} failed: check that the URL's port speaks https, or write http:// if it does not.");
                case SocketException
                {
                    SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown
                }:
                    return PktLineReader.CutShort().Failure;
                case SocketException socket:
                    return Unreachable(Meaning(socket.SocketErrorCode, host));
                case HttpRequestException
                {
                    HttpRequestError: HttpRequestError.ProxyTunnelError,
                    StatusCode: HttpStatusCode.ProxyAuthenticationRequired
                }:
                    return HttpStatusFailure.ProxyAuthentication;
                case HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError }:
                    return Unreachable($"The proxy does not connect to {host}: check the proxy's settings.");
                case HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }:
                    return PktLineReader.CutShort().Failure;
            }
        }

        return Unreachable(
            $"The connection to {host} broke: it is tried again; if it stays so, see whether the server or something on the way to it "
                + "ends connections."
        );
    }

    /// <summary>
    /// Whether a server ended the handshake for want of a certificate: the alerts of RFC 8446, section 6.2, that it has for that, as
    /// OpenSSL words them.
    /// </summary>
    private static bool RefusesClient(Exception error)
    {
        for (var e = error; e is not null; e = e.InnerException)
        {
            if (Array.Exists(ClientAlerts, alert => e.Message.Contains(alert, StringComparison.OrdinalIgnoreCase)))
            {
                return true;
            }
        }

        return false;
    }

    private static string Meaning(SocketError error, string host) =>
        error switch
        {
            SocketError.HostNotFound or SocketError.NoData => $"DNS knows no address of {host}: check the URL's host.",
            SocketError.TryAgain or SocketError.NoRecovery =>
                $"DNS could not be asked for the address of {host}: it is tried again; if it stays so, check the operator's DNS and "
                    + "network policies.",
            SocketError.ConnectionRefused => $"The host {host} refused the connection: check the URL's port, and whether the server runs.",
            SocketError.TimedOut => $"The host {host} did not respond: check the URL's host and port, and network policies.",
            SocketError.NetworkUnreachable or SocketError.HostUnreachable => $"There is no route to {host}: check the network.",
            _ => $"The connection to {host} broke: it is tried again; if it stays so, see whether the server or something on the way to "
                + "it ends connections.",
        };

    private static CloneFailure Unreachable(string message) => new(Reasons.Unreachable, message);
}

using System.Net.Sockets;
using System.Security.Authentication;
using CodeRepoOperator.Cloning.Remotes.Protocol;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning.Remotes.Http;

/// <summary>What a broken or refused connection means for a clone.</summary>
internal static class ConnectionFailure
{
    /// <summary>The failure behind an exception of the HTTP stack.</summary>
    public static CloneFailure Of(Exception exception, string host)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case RemoteFailureException failure:
                    return failure.Failure;
                case AuthenticationException:
                    return Unreachable(
                        $"The certificate of {host} is not trusted, or TLS with it failed: have the administrator add its authority to Git:TrustedCertificates.");
                case SocketException socket:
                    return Unreachable(Meaning(socket.SocketErrorCode, host));
                case HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError }:
                    return Unreachable($"The proxy does not connect to {host}: check the proxy's settings.");
                case HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }:
                    return PktLineReader.CutShort().Failure;
            }
        }

        return Unreachable($"The connection to {host} broke: it is tried again.");
    }

    private static string Meaning(SocketError error, string host) => error switch
    {
        SocketError.HostNotFound or SocketError.NoData => $"DNS knows no address of {host}: check the URL's host.",
        SocketError.TryAgain or SocketError.NoRecovery => $"DNS could not be asked for the address of {host}: it is tried again.",
        SocketError.ConnectionRefused => $"The host {host} refused the connection: check the URL's port, and whether the server runs.",
        SocketError.TimedOut => $"The host {host} did not answer: check the URL's host and port, and network policies.",
        SocketError.NetworkUnreachable or SocketError.HostUnreachable => $"There is no route to {host}: check the network.",
        _ => $"The connection to {host} broke: it is tried again.",
    };

    private static CloneFailure Unreachable(string message) => new(Reasons.Unreachable, message);
}

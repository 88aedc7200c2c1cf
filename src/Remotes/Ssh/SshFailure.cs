using System.Net.Sockets;
using CodeRepoOperator.Cloning.Remotes.Http;
using CodeRepoOperator.Entities;
using Renci.SshNet.Common;
using Renci.SshNet.Messages.Transport;

namespace CodeRepoOperator.Cloning.Remotes.Ssh;

/// <summary>What it means that a connection over SSH did not come about.</summary>
internal static class SshFailure
{
    /// <summary>Nobody said who asks.</summary>
    public static readonly CloneFailure NoIdentity = new(
        Reasons.AuthenticationFailed, "Remotes over ssh need an identity and known_hosts: name a Secret with them in spec.auth.secret.");

    /// <summary>The failure behind an exception.</summary>
    /// <param name="exception">Of the library, or of a socket.</param>
    /// <param name="host">The host.</param>
    /// <param name="user">Who logs in.</param>
    /// <param name="fingerprint">Of the public key.</param>
    public static CloneFailure Of(Exception exception, string host, string user, string fingerprint) => exception switch
    {
        RemoteFailureException failure => failure.Failure,
        SshAuthenticationException => new CloneFailure(
            Reasons.AuthenticationFailed,
            $"The SSH server {host} refuses the key of the user {user} ({fingerprint}): add its public key there, for instance as a deploy key, or put another identity into the Secret."),
        SshConnectionException { DisconnectReason: DisconnectReason.KeyExchangeFailed } => KeyExchange(host, RemoteText.Shown(exception.Message)),
        SocketException => ConnectionFailure.Of(exception, host),
        SshOperationTimeoutException => NotInTime(host),
        _ => new CloneFailure(
            Reasons.Unreachable,
            $"The SSH server {host} broke off while the connection was made, or speaks no SSH: it is tried again; if it stays so, check the URL's port, and whether the server lets this address in."),
    };

    private static CloneFailure KeyExchange(string host, string said) => new(
        Reasons.Unsupported, $"The SSH server {host} offers no algorithms that are still safe, or breaks the key exchange ({said}): have whoever runs it update it.")
    {
        Quoted = said,
    };

    /// <summary>The time for a connection is over.</summary>
    public static CloneFailure NotInTime(string host) => new(
        Reasons.Unreachable, $"No SSH connection to {host} within Git:ConnectTimeout: check the host, its port, and network policies.");
}

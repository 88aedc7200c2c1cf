using System.Net.Sockets;
using System.Text.RegularExpressions;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Http;
using Renci.SshNet.Common;
using Renci.SshNet.Messages.Transport;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>What it means that a connection over SSH did not come about.</summary>
internal static partial class SshFailure
{
    /// <summary>Nobody said who asks.</summary>
    public static readonly CloneFailure NoIdentity = new(
        Reasons.AuthenticationFailed,
        "Remotes over ssh need an identity and known_hosts: name a Secret with them in spec.auth.secret."
    );

    /// <summary>The failure behind an exception.</summary>
    /// <param name="exception">Of the library, or of a socket.</param>
    /// <param name="host">The host.</param>
    /// <param name="user">Who logs in.</param>
    /// <param name="fingerprint">Of the public key.</param>
    public static CloneFailure Of(Exception exception, string host, string user, string fingerprint) =>
        exception switch
        {
            RemoteFailureException failure => failure.Failure,
            SshAuthenticationException => new CloneFailure(
                Reasons.AuthenticationFailed,
                $"The SSH server {host} refuses the key of the user {user} ({fingerprint}): add its public key there, for instance as a "
                    + "deploy key, or put another identity into the Secret."
            )
            {
                RefusesCredentials = true,
            },
            SshConnectionException { DisconnectReason: DisconnectReason.KeyExchangeFailed } => KeyExchange(host, exception.Message),
            SocketException => ConnectionFailure.Of(exception, host),
            SshOperationTimeoutException => NotInTime(host),
            _ => new CloneFailure(
                Reasons.Unreachable,
                $"The SSH server {host} broke off while the connection was made, or speaks no SSH: it is tried again; if it stays so, "
                    + "check the URL's port, and whether the server lets this address in."
            ),
        };

    private static CloneFailure KeyExchange(string host, string said)
    {
        // The library says which by these words alone.
        if (
            NoMatch().Match(said) is not { Success: true } match
            || SshAlgorithms.Kinds.FirstOrDefault(kind => kind.Is(match.Groups["kind"].Value)) is not { } kind
        )
        {
            var shown = RemoteText.Shown(said);
            return new CloneFailure(
                Reasons.Unsupported,
                $"The SSH server {host} breaks the key exchange ({shown}): have whoever runs it update it."
            )
            {
                Quoted = shown,
            };
        }

        var offered = RemoteText.Shown(match.Groups["offered"].Value);
        return new CloneFailure(
            Reasons.Unsupported,
            $"The SSH server {host} offers no {kind.Name} algorithm that is still safe, only {offered}: have whoever runs it update it, "
                + $"or allow one of {string.Join(",", kind.Offered)} ({kind.Setting} of sshd_config)."
        )
        {
            Quoted = offered,
        };
    }

    [GeneratedRegex(
        @"^No matching (?<kind>.+) algorithm \(server offers (?<offered>.*)\)$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking | RegexOptions.Singleline
    )]
    private static partial Regex NoMatch();

    /// <summary>The time for a connection is over.</summary>
    public static CloneFailure NotInTime(string host) =>
        new(Reasons.Unreachable, $"No SSH connection to {host} within Git:ConnectTimeout: check the host, its port, and network policies.");
}

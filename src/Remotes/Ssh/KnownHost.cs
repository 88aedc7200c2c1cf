using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>What a known_hosts file says of one host.</summary>
/// <param name="Host">Its name or address.</param>
/// <param name="Port">Where SSH is spoken.</param>
/// <param name="Keys">The keys that are its own.</param>
/// <param name="Revoked">Keys that it must not show.</param>
/// <param name="HasAuthority">Whether an authority is named that signs its certificates.</param>
internal sealed record KnownHost(string Host, int Port, IReadOnlyList<HostKey> Keys, IReadOnlyList<HostKey> Revoked, bool HasAuthority)
{
    private string Name => KnownHosts.NameOf(Host, Port);

    private string Scan => Port == KnownHosts.DefaultPort ? $"ssh-keyscan {Host}" : $"ssh-keyscan -p {Port} {Host}";

    /// <summary>Judges the key that the host shows; null: it is one of its own.</summary>
    /// <param name="shown">The key, as SSH sends it.</param>
    public CloneFailure? Judge(byte[] shown)
    {
        if (HostKey.Of(shown) is not { } key)
        {
            return Refused(
                $"The SSH server {Name} shows a host key that can't be read: check that the URL's port is that of the git server."
            );
        }

        var what = $"{RemoteText.Shown(key.Kind)} {key.Fingerprint}";
        if (Revoked.Any(key.Is))
        {
            return Refused(
                $"The SSH server {Name} shows a host key that known_hosts calls revoked ({what}): have whoever runs it say which one is "
                    + "right, and correct known_hosts in the Secret."
            );
        }

        if (Keys.Any(key.Is))
        {
            return null;
        }

        return Keys.Count > 0
            ? Refused(
                $"The SSH server {Name} shows another host key than known_hosts has ({what}): it is another server, or its key was "
                    + "changed. "
                    + $"Have whoever runs it confirm the new key, then put it in place of the old line: '{Scan}' prints it."
            )
            : Refused(
                $"The SSH server {Name} shows a host key that known_hosts does not have "
                    + $"({what}){(HasAuthority ? "; its @cert-authority is not supported" : "")}. "
                    + $"Have whoever runs it confirm the key, then add its line to known_hosts in the Secret: '{Scan}' prints it."
            );
    }

    private static CloneFailure Refused(string message) => new(Reasons.HostKeyMismatch, message);
}

using System.Text.Json.Serialization;

namespace CodeRepoOperator.Remotes.Credentials;

/// <summary>How a remote over SSH knows who asks, and is known itself; prints redacted.</summary>
/// <param name="PrivateKey">Text of a private key, as OpenSSH or PEM has it.</param>
/// <param name="Passphrase">What it is encrypted with; null: it is not.</param>
/// <param name="KnownHosts">Text of a known_hosts file, as sshd(8) describes it: the only host keys that are accepted.</param>
internal sealed record SshIdentity(string PrivateKey, string? Passphrase, string KnownHosts)
{
    /// <summary>What must not be shown: no line of the key either.</summary>
    [JsonIgnore]
    public IEnumerable<string> Secrets =>
        [
            PrivateKey,
            .. PrivateKey
                .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Where(line => !line.StartsWith("-----", StringComparison.Ordinal)),
            .. Passphrase is null ? [] : new[] { Passphrase },
        ];

    public override string ToString() => "(identity)";
}

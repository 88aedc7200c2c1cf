using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using Renci.SshNet;
using Renci.SshNet.Common;
using Renci.SshNet.Security;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>A private key in memory, to sign with; never by SHA-1.</summary>
internal sealed class SshKey : IPrivateKeySource
{
    private SshKey(PrivateKeyFile key)
    {
        HostKeyAlgorithms =
        [
            .. key.HostKeyAlgorithms.Where(algorithm => SshAlgorithms.Signatures.Contains(algorithm.Name, StringComparer.Ordinal)),
        ];
        Fingerprint = HostKey.FingerprintOf(key.HostKeyAlgorithms.First().Data);
    }

    /// <inheritdoc />
    public IReadOnlyCollection<HostAlgorithm> HostKeyAlgorithms { get; }

    /// <summary>Of the public key, as servers show it to their users.</summary>
    public string Fingerprint { get; }

    /// <summary>Reads an identity; with a passphrase that takes a part of a second, by the design of these formats.</summary>
    public static Attempt<SshKey> Read(SshIdentity identity)
    {
        if (KeyDerivation.RefusedCost(identity.PrivateKey) is { } refused)
        {
            return refused;
        }

        var isEncrypted = false;
        try
        {
            return Open(identity.PrivateKey, passphrase: null);
        }
        catch (SshPassPhraseNullOrEmptyException)
        {
            isEncrypted = true;
        }
        catch (Exception)
        {
            // The library has no exception of its own for text that is no key; whatever it is may hold a piece of it.
            isEncrypted = KeyDerivation.IsEncrypted(identity.PrivateKey);
        }

        return isEncrypted
            ? Decrypted(identity)
            : Refused(
                "The private key in identity can't be read: it must be a whole OpenSSH or PEM file (ed25519, ecdsa or rsa), from its "
                    + "BEGIN line to its END line."
            );
    }

    private static Attempt<SshKey> Decrypted(SshIdentity identity)
    {
        if (string.IsNullOrEmpty(identity.Passphrase))
        {
            return Refused(
                "The private key in identity is encrypted and there is no passphrase: add it to the Secret as password, or use a key "
                    + "without one."
            );
        }

        try
        {
            return Open(identity.PrivateKey, identity.Passphrase);
        }
        catch (Exception)
        {
            // As above: what a wrong passphrase makes of a key is noise, and may fail anywhere.
            return Refused(
                "The private key in identity can't be decrypted: the passphrase (password in the Secret) is wrong, or the key is damaged."
            );
        }
    }

    private static Attempt<SshKey> Open(string text, string? passphrase)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var key = new SshKey(new PrivateKeyFile(stream, passphrase));
        return key.HostKeyAlgorithms.Count > 0
            ? key
            : Refused("The private key in identity is of a kind that is not supported: use an ed25519, ecdsa or rsa key.");
    }

    private static CloneFailure Refused(string message) => new(Reasons.AuthenticationFailed, message);
}

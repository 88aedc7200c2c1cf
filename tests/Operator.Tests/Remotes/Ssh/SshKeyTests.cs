using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using static CodeRepoOperator.Remotes.Ssh.TestHostKey;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>Keys in PEM, which .NET can make; those in OpenSSH's own form are made by ssh-keygen, in the integration tests.</summary>
public sealed class SshKeyTests
{
    private const string Passphrase = "correct horse";

    private static readonly RSA Rsa = RSA.Create(2048);
    private static readonly ECDsa Ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static TheoryData<string, string, string?, string?> Cases
    {
        get
        {
            var parameters = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 2048);
            var encrypted = Rsa.ExportEncryptedPkcs8PrivateKeyPem(Passphrase, parameters);
            var costly = Rsa.ExportEncryptedPkcs8PrivateKeyPem(
                Passphrase,
                new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 2_000_001)
            );
            var old = Rsa.ExportEncryptedPkcs8PrivateKeyPem(
                Passphrase,
                new PbeParameters(PbeEncryptionAlgorithm.TripleDes3KeyPkcs12, HashAlgorithmName.SHA1, 2048)
            );
            return new TheoryData<string, string, string?, string?>
            {
                // What it is, the key, the passphrase, words of the refusal.
                { "RSA, PKCS #8", Rsa.ExportPkcs8PrivateKeyPem(), null, null },
                { "RSA, PKCS #1", Rsa.ExportRSAPrivateKeyPem(), null, null },
                { "ECDSA, PKCS #8", Ecdsa.ExportPkcs8PrivateKeyPem(), null, null },
                { "ECDSA, SEC 1", Ecdsa.ExportECPrivateKeyPem(), null, null },
                { "a passphrase that is not needed", Rsa.ExportPkcs8PrivateKeyPem(), Passphrase, null },
                {
                    "line ends of another system",
                    Rsa.ExportPkcs8PrivateKeyPem().Replace("\n", "\r\n", StringComparison.Ordinal),
                    null,
                    null
                },
                { "no line end at its end", Rsa.ExportPkcs8PrivateKeyPem().TrimEnd(), null, null },
                { "encrypted RSA", encrypted, Passphrase, null },
                { "encrypted ECDSA", Ecdsa.ExportEncryptedPkcs8PrivateKeyPem(Passphrase, parameters), Passphrase, null },
                { "no passphrase", encrypted, null, "there is no passphrase" },
                { "an empty passphrase", encrypted, "", "there is no passphrase" },
                { "another passphrase", encrypted, "battery staple", "can't be decrypted" },
                { "too many iterations", costly, Passphrase, "up to 2000000 iterations" },
                { "an old scheme", old, Passphrase, "encrypted otherwise than by PBES2" },
                { "too many rounds", OpenSsh(257), Passphrase, "more than 256 rounds" },
                { "rounds beyond any number", OpenSsh(uint.MaxValue), Passphrase, "more than 256 rounds" },
                { "encrypted, and nothing in it", OpenSsh(16), Passphrase, "can't be decrypted" },
                { "empty", "", null, "neither in OpenSSH's form nor in PEM" },
                { "a public key", Fields("public"), null, "neither in OpenSSH's form nor in PEM" },
                { "PuTTY's form", "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n", null, "neither in OpenSSH's form nor in PEM" },
                {
                    "a certificate",
                    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                    null,
                    "neither in OpenSSH's form nor in PEM"
                },
                { "cut", Rsa.ExportPkcs8PrivateKeyPem()[..^300], null, "can't be read" },
                { "damaged", Rsa.ExportPkcs8PrivateKeyPem().Replace("MII", "AAA", StringComparison.Ordinal), null, "can't be read" },
                { "nothing in it", "-----BEGIN OPENSSH PRIVATE KEY-----\n-----END OPENSSH PRIVATE KEY-----\n", null, "can't be read" },
                {
                    "DSA",
                    "-----BEGIN DSA PRIVATE KEY-----\nAAAA\n-----END DSA PRIVATE KEY-----\n",
                    null,
                    "neither in OpenSSH's form nor in PEM"
                },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_key_is_read_or_it_is_said_what_is_wrong_with_it(string what, string key, string? passphrase, string? refusal)
    {
        Assert.NotEmpty(what);
        var identity = new SshIdentity(key, passphrase, "");

        var read = SshKey.Read(identity);

        Assert.Equal(refusal is null ? null : Reasons.AuthenticationFailed, read.Failure?.Reason);
        Assert.Contains(refusal ?? "", read.Failure?.Message ?? "", StringComparison.Ordinal);
        Assert.All(identity.Secrets.Where(secret => secret.Length > 3), secret =>
            Assert.DoesNotContain(secret, read.Failure?.Message ?? "", StringComparison.Ordinal)
        );
        Assert.All(read.Value?.HostKeyAlgorithms ?? [], algorithm => Assert.Contains(algorithm.Name, SshAlgorithms.Signatures));
    }

    // As ssh-keygen writes it, up to where the rounds are; what would be encrypted is not there.
    private static string OpenSsh(uint rounds)
    {
        byte[] options = [.. Sized(new byte[16]), (byte)(rounds >> 24), (byte)(rounds >> 16), (byte)(rounds >> 8), (byte)rounds];
        byte[] key =
        [
            .. "openssh-key-v1\0"u8,
            .. Sized("aes256-ctr"u8.ToArray()),
            .. Sized("bcrypt"u8.ToArray()),
            .. Sized(options),
            0,
            0,
            0,
            1,
            .. Sized(Bytes("public")),
            .. Sized(new byte[64]),
        ];
        return new StringBuilder().Append(PemEncoding.Write("OPENSSH PRIVATE KEY", key)).Append('\n').ToString();
    }
}

using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>
/// What a private key says of how its passphrase becomes a key: the work it asks for is its author's choice, and would be done by the
/// operator, each time that it looks the remote up.
/// </summary>
internal static class KeyDerivation
{
    // Of bcrypt: some 15 ms each. ssh-keygen takes 16 or 24 if is not reported otherwise, and many guides say 100.
    private const int MaximumRounds = 256;

    // Of PBKDF2: a microsecond or less each. OpenSSL takes 2,048, careful people some 600,000.
    private const int MaximumIterations = 2_000_000;

    private const string Pbkdf2 = "1.2.840.113549.1.5.12";
    private const string OpenSsh = "OPENSSH PRIVATE KEY";
    private const string EncryptedPkcs8 = "ENCRYPTED PRIVATE KEY";

    private static readonly string[] Readable = [OpenSsh, EncryptedPkcs8, "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];

    /// <summary>Whether the key says that it is encrypted.</summary>
    public static bool IsEncrypted(string key) =>
        PemEncoding.TryFind(key, out var fields)
            ? LabelOf(key, fields) == EncryptedPkcs8
                || (LabelOf(key, fields) == OpenSsh && CipherOf(BytesOf(key, fields)) is not (null or "none"))
            : key.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal);

    /// <summary>Refuses what asks for too much, and formats that could ask for anything; null: neither.</summary>
    public static CloneFailure? RefusedCost(string key)
    {
        if (!Readable.Any(label => key.Contains($"-----BEGIN {label}-----", StringComparison.Ordinal)))
        {
            return Refused(
                "The private key in identity is neither in OpenSSH's form nor in PEM: convert it, for instance by 'ssh-keygen -i' or "
                    + "'puttygen -O private-openssh'."
            );
        }

        if (!PemEncoding.TryFind(key, out var fields))
        {
            // The old PEM with headers hashes the passphrase once.
            return null;
        }

        return LabelOf(key, fields) switch
        {
            OpenSsh when RoundsOf(BytesOf(key, fields)) > MaximumRounds => Refused(
                $"The private key in identity asks for more than {MaximumRounds} rounds of key derivation: lower them by 'ssh-keygen -p "
                    + "-a 16'."
            ),
            EncryptedPkcs8 when IterationsOf(BytesOf(key, fields)) > MaximumIterations => Refused(
                $"The private key in identity is encrypted otherwise than by PBES2 with up to {MaximumIterations} iterations of PBKDF2: "
                    + "encrypt it anew by 'openssl pkcs8 -topk8 -iter 100000'."
            ),
            _ => null,
        };
    }

    private static string LabelOf(string key, PemFields fields) => key[fields.Label];

    private static byte[] BytesOf(string key, PemFields fields) => Convert.FromBase64String(key[fields.Base64Data]);

    // "openssh-key-v1" NUL, the cipher's name, the derivation's name, its options: the salt and the rounds.
    private static uint RoundsOf(byte[] key) =>
        Fields(key) is [_, _, var options, ..] && Strings(options) is [_] && options.Length >= sizeof(uint)
            ? BinaryPrimitives.ReadUInt32BigEndian(options.AsSpan(options.Length - sizeof(uint)))
            : 0;

    private static string? CipherOf(byte[] key) => Fields(key) is [var cipher, ..] ? Encoding.ASCII.GetString(cipher) : null;

    private static List<byte[]> Fields(byte[] key)
    {
        var magic = "openssh-key-v1\0"u8;
        return key.AsSpan().StartsWith(magic) ? Strings(key[magic.Length..]) : [];
    }

    // Each has four bytes of length before it; what is too short for them is left.
    private static List<byte[]> Strings(byte[] bytes)
    {
        var strings = new List<byte[]>();
        var at = 0;
        while (at + sizeof(int) <= bytes.Length && strings.Count < 3)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
            at += sizeof(int);
            if (length < 0 || length > bytes.Length - at)
            {
                break;
            }

            strings.Add(bytes[at..(at + length)]);
            at += length;
        }

        return strings;
    }

    // EncryptedPrivateKeyInfo of PKCS #8 with PBES2 and PBKDF2 of PKCS #5; of anything else the cost is not known.
    private static long IterationsOf(byte[] key)
    {
        try
        {
            var scheme = new AsnReader(key, AsnEncodingRules.BER).ReadSequence().ReadSequence();
            scheme.ReadObjectIdentifier();
            var derivation = scheme.ReadSequence().ReadSequence();
            if (derivation.ReadObjectIdentifier() != Pbkdf2)
            {
                return long.MaxValue;
            }

            var parameters = derivation.ReadSequence();
            parameters.ReadOctetString();
            return parameters.TryReadInt64(out var iterations) ? iterations : long.MaxValue;
        }
        catch (AsnContentException)
        {
            return long.MaxValue;
        }
    }

    private static CloneFailure Refused(string message) => new(Reasons.AuthenticationFailed, message);
}

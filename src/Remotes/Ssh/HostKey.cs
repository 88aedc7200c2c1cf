using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>The public key of a host, in the form in which SSH sends it (RFC 4253, 6.6): it begins with its kind.</summary>
internal sealed class HostKey
{
    // As long as the longest of them, ecdsa-sha2-nistp521-cert-v01@openssh.com, and some.
    private const int MaximumKind = 64;

    private readonly byte[] _bytes;

    private HostKey(string kind, byte[] bytes) => (Kind, _bytes) = (kind, bytes);

    /// <summary>Such as <c>ssh-ed25519</c>.</summary>
    public string Kind { get; }

    /// <summary>As <c>ssh-keygen -l</c> shows it.</summary>
    public string Fingerprint => FingerprintOf(_bytes);

    /// <summary>Reads a key out of base64; null: it is none.</summary>
    public static HostKey? Parse(string base64)
    {
        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length) ? Of(bytes[..length]) : null;
    }

    /// <summary>Takes a key as SSH sends it; null: it is none.</summary>
    public static HostKey? Of(byte[] bytes) =>
        bytes.Length > sizeof(int)
        && BinaryPrimitives.ReadInt32BigEndian(bytes) is var length and > 0 and <= MaximumKind
        && bytes.Length > sizeof(int) + length
            ? new HostKey(Encoding.ASCII.GetString(bytes, sizeof(int), length), bytes)
            : null;

    /// <summary>The fingerprint of a public key in the form in which SSH sends it.</summary>
    public static string FingerprintOf(byte[] key) => "SHA256:" + Convert.ToBase64String(SHA256.HashData(key)).TrimEnd('=');

    /// <summary>Whether it is the same key.</summary>
    public bool Is(HostKey other) => _bytes.AsSpan().SequenceEqual(other._bytes);
}

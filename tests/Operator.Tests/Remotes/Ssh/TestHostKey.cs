using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>Public keys that are made up: the kind, and what makes one differ from another.</summary>
internal static class TestHostKey
{
    /// <summary>A key as SSH sends it.</summary>
    public static byte[] Bytes(string name, string kind = "ssh-ed25519") =>
        [.. Sized(Encoding.ASCII.GetBytes(kind)), .. Sized(SHA256.HashData(Encoding.ASCII.GetBytes(name)))];

    /// <summary>Its two fields in a known_hosts file.</summary>
    public static string Fields(string name, string kind = "ssh-ed25519") => $"{kind} {Convert.ToBase64String(Bytes(name, kind))}";

    /// <summary>A string as SSH writes it.</summary>
    public static byte[] Sized(byte[] bytes)
    {
        var sized = new byte[sizeof(int) + bytes.Length];
        BinaryPrimitives.WriteInt32BigEndian(sized, bytes.Length);
        bytes.CopyTo(sized.AsSpan(sizeof(int)));
        return sized;
    }
}

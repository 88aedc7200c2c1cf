using System.Security.Cryptography;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>The checksum that ends git's index.</summary>
internal static class IndexChecksum
{
    /// <summary>Whether an index has the checksum of its bytes, or none at all (git's <c>index.skipHash</c>).</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    public static bool Holds(string index)
    {
        var bytes = File.ReadAllBytes(index).AsSpan();
        if (bytes.Length < SHA1.HashSizeInBytes || !bytes.StartsWith("DIRC"u8))
        {
            return false;
        }

        var stored = bytes[^SHA1.HashSizeInBytes..];
#pragma warning disable CA5350 // Git's own format; it tells damage, not forgery.
        return !stored.ContainsAnyExcept((byte)0) || stored.SequenceEqual(SHA1.HashData(bytes[..^SHA1.HashSizeInBytes]));
#pragma warning restore CA5350
    }
}

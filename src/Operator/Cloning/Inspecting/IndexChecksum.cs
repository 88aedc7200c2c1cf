using System.Security.Cryptography;
using CodeRepoOperator.Remotes.Files;

namespace CodeRepoOperator.Cloning.Inspecting;

/// <summary>The checksum that ends git's index.</summary>
internal static class IndexChecksum
{
    /// <summary>In bytes, what <c>git status</c> may add to an index: more than its caches of a clone of a million files take.</summary>
    private const long LargestGrowth = 64 << 20;

    private const int Window = 64 * 1024;

    /// <summary>Whether an index has the checksum of its bytes, or none at all (git's <c>index.skipHash</c>).</summary>
    /// <param name="folder">Git's folder.</param>
    /// <param name="name">The index in it.</param>
    /// <param name="published">The size in bytes that it was published with: one of several times that is no index of this clone, and not read.</param>
    /// <exception cref="IOException">It can't be read.</exception>
    public static bool Holds(OpenFolder folder, ReadOnlySpan<byte> name, long published)
    {
        using var file = folder.OpenFile(name, out var status);
        var length = (long)status.Size - SHA1.HashSizeInBytes;
        if (file is null || length < 0 || (length - LargestGrowth) / 2 > published)
        {
            return false;
        }

        var stored = new byte[SHA1.HashSizeInBytes];
        var buffer = new byte[Window];
#pragma warning disable CA5350 // Git's own format; it tells damage, not forgery.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        for (long at = 0; at < length;)
        {
            var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - at)), at);
            if (read == 0 || (at == 0 && !buffer.AsSpan(0, read).StartsWith("DIRC"u8)))
            {
                return false;
            }

            hash.AppendData(buffer, 0, read);
            at += read;
        }

        return RandomAccess.Read(file, stored, length) == stored.Length
            && (!stored.AsSpan().ContainsAnyExcept((byte)0) || stored.AsSpan().SequenceEqual(hash.GetHashAndReset()));
    }
}

using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;

namespace CodeRepoOperator.Cloning.Inspecting;

/// <summary>The checksum that ends git's index.</summary>
internal static class IndexChecksum
{
    /// <summary>In bytes, what <c>git status</c> may add to an index: more than its caches of a clone of a million files take.</summary>
    private const long LargestGrowth = 64 << 20;

    private const int Window = 64 * 1024;

    /// <summary>Whether an index has the checksum of its bytes, or none at all (git's <c>index.skipHash</c>).</summary>
    /// <param name="directory">Git's directory.</param>
    /// <param name="name">The index in it.</param>
    /// <param name="published">
    /// The size in bytes that it was published with: one of several times that is no index of this clone, and not read.
    /// </param>
    /// <exception cref="IOException">It can't be read.</exception>
    public static bool Holds(OpenDirectory directory, ReadOnlySpan<byte> name, long published)
    {
        using var file = directory.OpenFile(name, out var status);
        var length = (long)status.Size - IndexFormat.ChecksumLength;
        if (file is null || length < IndexFormat.HeaderLength || (length - LargestGrowth) / 2 > published)
        {
            return false;
        }

        using var checksum = new TrailingChecksum(file, Window);
        if (!checksum.ReadPiece(out var piece) || !piece.StartsWith(IndexFormat.Signature))
        {
            return false;
        }

        while (checksum.ReadPiece(out _))
        {
            // Each piece is summed up as it is read.
        }

        return checksum.Holds(out var stored) || TrailingChecksum.IsNone(stored);
    }
}

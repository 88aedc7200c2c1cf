using System.IO.Compression;
using CodeRepoOperator.Cloning.Clones;

namespace CodeRepoOperator.Api.Archives;

/// <summary>Compresses archives while they are made.</summary>
internal static class ArchiveCompression
{
    /// <summary>Of zlib, from 1 (quick) to 9 (small). As <c>git archive</c> has it.</summary>
    private const int Level = 6;

    /// <summary>What compressed pieces are gathered to before they are sent.</summary>
    internal const int PieceLength = 64 * 1024;

    /// <summary>Writes an archive as <c>tar.gz</c>.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="marker">What the clone says of itself.</param>
    /// <param name="output">Where to. It is not closed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Why it is not whole, and then it is no whole gzip file either; null: it is.</returns>
    /// <exception cref="IOException">The output can't be written to.</exception>
    public static async Task<ArchiveFlaw?> WriteAsync(
        TreeArchive archive,
        CloneMarker marker,
        Stream output,
        CancellationToken cancellationToken
    )
    {
        var pieces = new BufferedStream(output, PieceLength);
        var compressed = new GZipStream(pieces, new ZLibCompressionOptions { CompressionLevel = Level }, leaveOpen: true);
        var flaw = await archive.WriteAsync(compressed, marker.Commit, marker.CommittedAt ?? 0, cancellationToken);
        if (flaw is not null)
        {
            // Not ended, which would make a whole file of half a tree. What it holds of the system is let go without a word to the output.
            return flaw;
        }

        await compressed.DisposeAsync();
        await pieces.FlushAsync(cancellationToken);
        return null;
    }
}

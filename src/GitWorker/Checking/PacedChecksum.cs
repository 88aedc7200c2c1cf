using CodeRepoOperator.GitWorker.Limits;
using CodeRepoOperator.Remotes.GitFiles;

namespace CodeRepoOperator.GitWorker.Checking;

/// <summary>Reads a <see cref="TrailingChecksum"/> no faster than a full verification may read.</summary>
internal static class PacedChecksum
{
    private const int PieceLength = 128 * 1024;

    /// <summary>Reads a file to its end.</summary>
    /// <returns>What it ends with, and whether that is the sum of its bytes; empty: it is missing, or too short to have one.</returns>
    /// <exception cref="IOException">It can't be read.</exception>
    public static async Task<(byte[] Stored, bool Holds)> ReadAsync(string path, Pace pace, CancellationToken cancellationToken)
    {
        try
        {
            const FileShare Any = FileShare.ReadWrite | FileShare.Delete;
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, Any, FileOptions.SequentialScan);
            using var checksum = new TrailingChecksum(file, PieceLength);
            while (checksum.ReadPiece(out var piece))
            {
                await pace.SpendAsync(piece.Length, cancellationToken);
            }

            var holds = checksum.Holds(out var stored);
            return (stored, holds);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return ([], false);
        }
    }
}

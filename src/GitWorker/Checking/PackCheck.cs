using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.GitWorker.Limits;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.GitWorker.Checking;

/// <summary>
/// Compares every pack and its index with their checksums, which cover every bit of them. What else lies beside them (bitmaps,
/// reverse indexes) only makes git faster and is not looked at.
/// </summary>
internal sealed class PackCheck(GitTree clone, Pace pace)
{
    /// <summary>The first that is damaged; null: none is.</summary>
    /// <exception cref="IOException">One can't be read.</exception>
    public async Task<CheckFinding?> FindAsync(CancellationToken cancellationToken)
    {
        var packs = GitDirectory.Of(clone).Packs;
        if (!Directory.Exists(packs))
        {
            return Damaged(packs, "missing");
        }

        foreach (var pack in Directory.EnumerateFiles(packs, "*" + GitPaths.PackExtension).Order(StringComparer.Ordinal))
        {
            var index = Path.ChangeExtension(pack, GitPaths.PackIndexExtension);
            var (sum, holds) = await PacedChecksum.ReadAsync(pack, pace, cancellationToken);
            if (!holds)
            {
                return Damaged(pack, "not its checksum");
            }

            if (await PacedChecksum.ReadAsync(index, pace, cancellationToken) is not { Holds: true })
            {
                return Damaged(index, "missing, or not its checksum");
            }

            if (!await IsOfAsync(index, sum, cancellationToken))
            {
                return Damaged(index, "of another pack");
            }
        }

        return null;
    }

    /// <summary>An index ends with the checksum of its pack and its own.</summary>
    private static async Task<bool> IsOfAsync(string index, byte[] pack, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(index);
        if (file.Length < 2 * pack.Length)
        {
            return false;
        }

        var stored = new byte[pack.Length];
        file.Seek(-2 * pack.Length, SeekOrigin.End);
        await file.ReadExactlyAsync(stored, cancellationToken);
        return stored.AsSpan().SequenceEqual(pack);
    }

    private static CheckFinding Damaged(string path, string how) => new(CloneDamage.Pack, $"{Path.GetFileName(path)}: {how}");
}

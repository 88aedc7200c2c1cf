using CodeRepoOperator.Cloning.Remotes;
using CodeRepoOperator.Cloning.Remotes.Worker;
using CodeRepoOperator.Entities;
using LibGit2Sharp;

namespace CodeRepoOperator.GitWorker.Checking;

/// <summary>
/// Reads a clone whole: packs and index against their checksums, the index against the commit, the working tree against the
/// index. In this order, so that libgit2 sees only what has its checksum. Nothing is changed.
/// </summary>
internal sealed class CloneCheck(CheckOrder order, TimeProvider time)
{
    private readonly Pace _pace = new(order.BytesPerSecond, time);

    /// <summary>Looks until the first damage.</summary>
    public async Task<CheckResult> RunAsync(CancellationToken cancellationToken)
    {
        using var tree = new TreeCheck(order.Directory, _pace);
        try
        {
            var finding = await new PackCheck(order.Directory, _pace).FindAsync(cancellationToken)
                ?? await FindInIndexAsync(cancellationToken)
                ?? FindInCommit()
                ?? await tree.FindAsync(cancellationToken);
            return new CheckResult(finding, _pace.Bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another clone took its place meanwhile, or the volume fails: no word on this one.
            return new CheckResult(null, _pace.Bytes, new CloneFailure(Reasons.StoreUnavailable, $"The clone can't be read: {e.Message}"));
        }
    }

    private async Task<CheckFinding?> FindInIndexAsync(CancellationToken cancellationToken)
    {
        var sum = await TrailingChecksum.ReadAsync(GitFolder.Of(order.Directory).Index, _pace, cancellationToken);
        if (sum is not ({ Holds: true } or { IsZero: true }))
        {
            return new CheckFinding(CloneDamage.Index, "index: missing, or not its checksum");
        }

        try
        {
            using var index = GitIndex.Open(GitFolder.Of(order.Directory).Index);
            return null;
        }
        catch (LibGit2Exception e)
        {
            // Split or sparse, which only somebody's git can have made it.
            return new CheckFinding(CloneDamage.Index, $"index: {RemoteText.Shown(e.Message)}");
        }
    }

    private CheckFinding? FindInCommit()
    {
        try
        {
            using var repository = new Repository(order.Directory);
            if (repository.Lookup<Commit>(order.Commit) is not { } commit)
            {
                return new CheckFinding(CloneDamage.Commit, $"{order.Commit}: in no pack");
            }

            // Reads every folder of the tree, and no file.
            using var changes = repository.Diff.Compare<TreeChanges>(commit.Tree, DiffTargets.Index);
            return changes.FirstOrDefault() is { } change
                ? new CheckFinding(CloneDamage.Index, $"index: {RemoteText.Escaped(change.Path)} is not as in the commit")
                : null;
        }
        catch (LibGit2SharpException e)
        {
            return new CheckFinding(CloneDamage.Commit, RemoteText.Shown(e.Message));
        }
    }
}

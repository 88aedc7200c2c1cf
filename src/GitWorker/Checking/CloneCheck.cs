using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.GitWorker.Checkout;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.GitWorker.Limits;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Sparse;
using CodeRepoOperator.Remotes.Submodules;
using CodeRepoOperator.Remotes.Worker;

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
        try
        {
            var finding = GitDirectoryCheck.Find(order.Directory)
                ?? FindInSparseCheckout()
                ?? await FindAsync(order.Directory, order.Commit, "", cancellationToken);
            foreach (var submodule in order.Submodules)
            {
                finding ??= await FindAsync(submodule, cancellationToken);
            }

            return new CheckResult(finding, _pace.Bytes);
        }
        catch (InvalidDataException e)
        {
            // Split or sparse, which only somebody's git can have made it, or no index at all.
            return new CheckResult(new CheckFinding(CloneDamage.Index, $"index: {RemoteText.Shown(e.Message)}"), _pace.Bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another clone took its place meanwhile, or the volume fails: no word on this one.
            return Unread(Reasons.StoreUnavailable, $"The clone can't be read: {e.Message}");
        }
        catch (Exception e) when (e is RemoteFailureException or OutOfMemoryException)
        {
            // What was published has a form that this version would not check out, or is too large to be compared.
            return Unread(Reasons.VerificationUnsupported, $"The clone can't be compared with its commit: {e.Message}");
        }
    }

    /// <summary>Where the volume is mounted is nothing for a log that others read.</summary>
    private CheckResult Unread(string reason, string message) =>
        new(
            null,
            _pace.Bytes,
            new CloneFailure(
                reason,
                message
                    .Replace(order.Directory + '/', "", StringComparison.Ordinal)
                    .Replace(order.Directory, "its directory", StringComparison.Ordinal)
            )
        );

    private async Task<CheckFinding?> FindAsync(SubmodulePlace submodule, CancellationToken cancellationToken)
    {
        var clone = submodule.In(order.Directory);
        var finding =
            !Directory.Exists(clone.GitDirectory) || !HoldsGitFile(submodule)
                ? new CheckFinding(CloneDamage.Tree, "missing, or without its .git")
                : await FindAsync(clone, submodule.Commit, submodule.Path + '/', cancellationToken);
        return finding is null ? null : finding with { Detail = $"submodule {RemoteText.Escaped(submodule.Path)}: {finding.Detail}" };
    }

    /// <summary>Whether a submodule's tree leads git to its git directory, through no link.</summary>
    private bool HoldsGitFile(SubmodulePlace submodule)
    {
        var expected = Encoding.UTF8.GetBytes(submodule.GitFile);
        using var root = OpenDirectory.Open(order.Directory);
        using var tree = root?.Find(Encoding.UTF8.GetBytes(submodule.Path));
        return tree?.ReadFile(GitPaths.DirectoryName, expected.Length) is { } found && found.AsSpan().SequenceEqual(expected);
    }

    /// <summary>
    /// Whether git has the folders of a sparse clone as they were asked for: it takes them from there at its next checkout.
    /// </summary>
    private CheckFinding? FindInSparseCheckout()
    {
        if (order.Sparse is not { } folders)
        {
            return null;
        }

        var path = GitPaths.SparseCheckoutIn(GitPaths.DirectoryOf(order.Directory));
        return
            new FileInfo(path) is { Exists: true } file
            && file.Length == Encoding.UTF8.GetByteCount(folders.Text)
            && File.ReadAllText(path) == folders.Text
            ? null
            : new CheckFinding(CloneDamage.GitDirectory, ".git/info/sparse-checkout: missing, or of other folders");
    }

    private async Task<CheckFinding?> FindAsync(GitTree clone, string commit, string path, CancellationToken cancellationToken) =>
        await new PackCheck(clone, _pace).FindAsync(cancellationToken)
        ?? await FindInIndexAsync(clone, cancellationToken)
        ?? FindInCommit(clone, commit, path.Length == 0 && order.Sparse is { } folders ? new SparseCone(folders) : null)
        ?? await FindInTreeAsync(clone, path, cancellationToken);

    private async Task<CheckFinding?> FindInTreeAsync(GitTree clone, string path, CancellationToken cancellationToken)
    {
        var inside = order
            .Submodules.Where(submodule => submodule.Path.StartsWith(path, StringComparison.Ordinal))
            .Select(submodule => TreeCheck.NameOf(Encoding.UTF8.GetBytes(submodule.Path[path.Length..])))
            .ToHashSet(StringComparer.Ordinal);
        using var tree = new TreeCheck(clone, inside, order.Lfs, _pace);
        return await tree.FindAsync(cancellationToken);
    }

    private async Task<CheckFinding?> FindInIndexAsync(GitTree clone, CancellationToken cancellationToken)
    {
        var (stored, holds) = await PacedChecksum.ReadAsync(GitDirectory.Of(clone).Index, _pace, cancellationToken);
        if (!holds && !TrailingChecksum.IsNone(stored))
        {
            return new CheckFinding(CloneDamage.Index, "index: missing, or not its checksum");
        }

        using var index = IndexReader.Open(clone);
        index.ReadToEnd();
        return null;
    }

    /// <summary>
    /// Reads every tree of the commit, and no file. Modes are compared as git has them in its index: trees hold others too (100664
    /// of early versions, 120777), which git takes for the same.
    /// </summary>
    private static CheckFinding? FindInCommit(GitTree clone, string commit, SparseCone? cone)
    {
        List<TreeFile> files;
        try
        {
            using var reader = new ObjectReader(GitDirectory.Of(clone).Objects);
            files = WorkingTree.InOrder(TreeListing.Read(reader, reader.TreeOf(Git.ObjectId.Parse(commit)), TreeLimits.None, cone));
        }
        catch (LibGit2Exception e)
        {
            return new CheckFinding(CloneDamage.Commit, $"{commit}: {RemoteText.Shown(e.Message)}");
        }

        using var index = IndexReader.Open(clone);
        for (var i = 0; ; i++)
        {
            var (file, entry) = (i < files.Count ? files[i] : null, index.Next());
            if (file is null && entry is null)
            {
                return null;
            }

            if (file is null || entry is null || !IsSame(file, entry))
            {
                var path =
                    file is null || (entry is not null && entry.Path.AsSpan().SequenceCompareTo(file.Path) < 0) ? entry!.Path : file.Path;
                return new CheckFinding(
                    CloneDamage.Index,
                    $"index: {RemoteText.Escaped(Encoding.UTF8.GetString(path))} is not as in the commit"
                );
            }
        }
    }

    private static bool IsSame(TreeFile file, IndexEntry entry) =>
        entry.Stage == 0
        && entry.Mode == file.Mode
        && entry.IsSkipped == file.IsSkipped
        && entry.Path.AsSpan().SequenceEqual(file.Path)
        && file.Id == new Git.ObjectId(entry.Id);
}

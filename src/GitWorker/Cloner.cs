using CodeRepoOperator.Cloning.Remotes;
using CodeRepoOperator.Cloning.Remotes.Http;
using CodeRepoOperator.Cloning.Remotes.Protocol;
using CodeRepoOperator.Entities;
using LibGit2Sharp;

namespace CodeRepoOperator.GitWorker;

/// <summary>Makes a clone in this process.</summary>
internal sealed class Cloner(GitHttp http)
{
    /// <summary>Clones as ordered; from scratch when that fails on top of an older clone.</summary>
    /// <exception cref="RemoteFailureException">There is no clone.</exception>
    public async Task<FetchedTree> CloneAsync(CloneOrder order, BranchName branch, CancellationToken cancellationToken)
    {
        if (Directory.EnumerateFileSystemEntries(order.Directory).Any())
        {
            throw new InvalidOperationException("A clone is made in an empty folder only.");
        }

        var visit = await UploadPack.OpenAsync(http, order.Url, branch, order.Credentials, cancellationToken);
        var head = await visit.FindHeadAsync(cancellationToken);
        if (!head.Succeeded)
        {
            throw new RemoteFailureException(head.Failure);
        }

        if (order.SeedFrom is { } seed)
        {
            try
            {
                return await CloneAsync(visit, head.Value, order, seed, cancellationToken);
            }
            catch (RemoteFailureException e) when (e.Failure.Reason == Reasons.TransferFailed)
            {
                // What the older clone lent may be damaged, or not what the remote took it for.
                Empty(order.Directory);
            }
        }

        return await CloneAsync(visit, head.Value, order, seed: null, cancellationToken);
    }

    private static async Task<FetchedTree> CloneAsync(
        UploadPack visit, RemoteHead head, CloneOrder order, string? seed, CancellationToken cancellationToken)
    {
        try
        {
            LibGit2.Run(() => Prepare(order, head));
            var packs = seed is null ? SeedPacks.None : SeedPacks.Link(seed, order.Directory, order.Depth);
            await FetchAsync(visit, head, order, packs, cancellationToken);
            LibGit2.Run(() => CheckOut(order.Directory, head));
            return new FetchedTree(head.Branch, head.Commit);
        }
        catch (Exception e) when (LocalFailure.Knows(e))
        {
            throw new RemoteFailureException(LocalFailure.Of(e), e);
        }
    }

    private static void Prepare(CloneOrder order, RemoteHead head)
    {
        Repository.Init(order.Directory);
        GitFolder.Of(order.Directory).RefuseIdent();
        using var repository = new Repository(order.Directory);
        repository.Network.Remotes.Add(
            "origin", order.Url.ToString(), $"+refs/heads/{head.Branch}:refs/remotes/origin/{head.Branch}");

        // Names that another system's git would take for .git are refused here too: volumes travel.
        repository.Config.Set("core.protectHFS", value: true);
        repository.Config.Set("core.protectNTFS", value: true);
        repository.Config.Set("core.symlinks", value: true);
    }

    private static async Task FetchAsync(
        UploadPack visit, RemoteHead head, CloneOrder order, SeedPacks packs, CancellationToken cancellationToken)
    {
        var folder = GitFolder.Of(order.Directory);
        using var indexer = new PackIndexer(folder.Objects);
        var request = new FetchRequest(head.Commit, order.Depth, packs.Haves, packs.Shallow);
        var answer = await visit.FetchAsync(request, indexer.Append, cancellationToken);
        indexer.Commit();

        // The older clone's shallow commits are still in the linked packs, without their parents.
        folder.WriteShallow(packs.Shallow.Except(answer.Unshallow, StringComparer.Ordinal).Concat(answer.Shallow).Concat(visit.RemoteShallow));
    }

    // The place to make faster: libgit2 checks out in one thread and hashes every object once more.
    private static void CheckOut(string directory, RemoteHead head)
    {
        using var repository = new Repository(directory);
        var commit = repository.Lookup<Commit>(head.Commit)
            ?? throw new RemoteFailureException(Reasons.TransferFailed, "The remote did not send the commit that was asked for: it is tried again.");
        repository.Refs.Add($"refs/remotes/origin/{head.Branch}", commit.Id);
        repository.Refs.Add($"refs/heads/{head.Branch}", commit.Id);
        repository.Refs.UpdateTarget("HEAD", $"refs/heads/{head.Branch}");
        repository.Reset(ResetMode.Hard, commit);
    }

    private static void Empty(string directory)
    {
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo { LinkTarget: null } folder)
            {
                folder.Delete(recursive: true);
            }
            else
            {
                entry.Delete();
            }
        }
    }
}

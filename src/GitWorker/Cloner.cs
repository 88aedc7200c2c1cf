using System.Globalization;
using CodeRepoOperator.Entities;
using CodeRepoOperator.GitWorker.Checkout;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.GitWorker.Lfs;
using CodeRepoOperator.GitWorker.Limits;
using CodeRepoOperator.GitWorker.Packs;
using CodeRepoOperator.GitWorker.Submodules;
using CodeRepoOperator.Remotes;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Protocol;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Sparse;
using CodeRepoOperator.Remotes.Worker;
using LibGit2Sharp;

namespace CodeRepoOperator.GitWorker;

/// <summary>Makes a clone in this process.</summary>
internal sealed class Cloner(RemoteTransports transports, GitOptions options)
{
    // Once a remote has not given what it left out, all is asked for.
    private bool _filters = true;

    // Once a remote does not give what was found a moment ago, it is asked anew.
    private bool _goesOn = true;

    // Once a part of a pack has come.
    private bool _hasTaken;

    /// <summary>Clones as ordered; from scratch when that fails on top of an older clone.</summary>
    /// <exception cref="RemoteFailureException">There is no clone.</exception>
    public async Task<FetchedTree> CloneAsync(CloneOrder order, Revision revision, CancellationToken cancellationToken)
    {
        if (Directory.EnumerateFileSystemEntries(order.Directory).Any())
        {
            throw new InvalidOperationException("A clone is made in an empty directory only.");
        }

        if (order.Consolidates)
        {
            return await CloneAsync(order, revision, order.SeedFrom, cancellationToken);
        }

        if (order.SeedFrom is { } seed)
        {
            try
            {
                return await LinkAsync(order, revision, seed, cancellationToken)
                    ?? await CloneAsync(order, revision, seed, cancellationToken);
            }
            catch (RemoteFailureException e) when (e.Failure.Reason is Reasons.TransferFailed or Reasons.TooLarge)
            {
                // What the older clone lent may be damaged, not what the remote took it for, or more than is needed.
                DirectoryTree.Empty(order.Directory);
            }
        }

        return await CloneAsync(order, revision, seed: null, cancellationToken);
    }

    /// <summary>
    /// Makes a submodule of nothing but an older clone of the same commit: what a commit is does not change, and here it is that another
    /// tree asks for it, who was given it before.
    /// </summary>
    /// <returns>What was made; null: the older clone is of another commit, or can't be built on.</returns>
    private async Task<FetchedTree?> LinkAsync(CloneOrder order, Revision revision, GitTree seed, CancellationToken cancellationToken)
    {
        if (!order.IsSubmodule || revision is not Revision.Commit { Id: var commit })
        {
            return null;
        }

        var head = new RemoteHead(Branch: null, commit) { IsCommitAsked = true };
        try
        {
            LibGit2.Run(() => Prepare(order, head, isPartial: false));
            var packs = await SeedPacks.LinkAsync(seed, order.Directory, order.Depth, isPartial: false, cancellationToken);
            if (packs.Haves.Count == 0 || packs.Haves[0] != commit)
            {
                DirectoryTree.Empty(order.Directory);
                return null;
            }

            GitDirectory.Of(order.Directory).WriteShallow(packs.Shallow);
            return Finish(order, head, seed, NewQuota(order));
        }
        catch (Exception e) when (LocalFailure.Knows(e))
        {
            throw new RemoteFailureException(VolumeSpace.Explain(LocalFailure.Of(e), order.Directory), e);
        }
    }

    private async Task<FetchedTree> CloneAsync(CloneOrder order, Revision revision, GitTree? seed, CancellationToken cancellationToken)
    {
        var commit = (revision as Revision.Commit)?.Id;
        try
        {
            return await VisitAsync(order, revision, commit: null, seed, cancellationToken);
        }
        catch (RemoteFailureException e) when (commit is not null && MayBeInHistory(e.Failure))
        {
            // The remote gives no commit by its name that no ref has: it may be in the history of the default branch.
            DirectoryTree.Empty(order.Directory);
        }

        return await VisitAsync(order, new Revision.Head(), commit, seed, cancellationToken);
    }

    /// <summary>Whether a remote that was asked for a commit by its name does not give it so.</summary>
    private static bool MayBeInHistory(CloneFailure failure) =>
        failure is { Reason: Reasons.RefNotFound } or { Reason: Reasons.TransferFailed, Quoted: not null };

    // Each attempt is a visit of its own: over SSH a fetch that failed leaves nothing that could be asked again.
    private async Task<FetchedTree> VisitAsync(
        CloneOrder order,
        Revision revision,
        string? commit,
        GitTree? seed,
        CancellationToken cancellationToken
    )
    {
        var known = _goesOn && commit is null ? order.Head.Capabilities : null;
        await using var visit = known is null
            ? await UploadPack.OpenAsync(transports, order.Url, revision, order.Credentials, cancellationToken)
            : UploadPack.GoOn(transports, order.Url, revision, order.Head, known, order.Credentials);
        var head = await visit.FindHeadAsync(cancellationToken);
        if (!head.Succeeded)
        {
            throw new RemoteFailureException(head.Failure);
        }

        if (!visit.Gives(head.Value) || (commit is not null && order.Depth == 1 && head.Value.Commit != commit))
        {
            throw NotInHistory(order, commit ?? head.Value.Commit);
        }

        var isPartial = IsPartial(order, visit);
        try
        {
            return await CloneAsync(visit, head.Value, commit, order, seed, cancellationToken);
        }
        catch (RemoteFailureException e) when (known is not null && !_hasTaken && e.Failure.Reason == Reasons.TransferFailed)
        {
            // The branch may have moved, and what it left be gone; or what serves the URL is another by now.
            _goesOn = false;
            DirectoryTree.Empty(order.Directory);
        }
        catch (RemoteFailureException e) when (isPartial && (!_filters || MayBeOfFilter(e.Failure, seed)))
        {
            _filters = false;
            DirectoryTree.Empty(order.Directory);
        }

        return await VisitAsync(order, revision, commit, seed, cancellationToken);
    }

    /// <summary>Whether the contents of files are left out that a sparse clone does not need.</summary>
    private bool IsPartial(CloneOrder order, UploadPack visit) => _filters && order.Sparse is not null && visit.CanFilter;

    /// <summary>
    /// Whether a remote that says that it can filter may be at fault. Where there is an older clone, that may be, and the next try is one
    /// without it.
    /// </summary>
    private static bool MayBeOfFilter(CloneFailure failure, GitTree? seed) => failure.Reason == Reasons.TransferFailed && seed is null;

    /// <summary>Fetches what the filter left out of the folders.</summary>
    private async Task FetchBlobsAsync(UploadPack visit, string commit, Transfer transfer, CancellationToken cancellationToken)
    {
        try
        {
            await SparseBlobs.FetchAsync(
                transfer.Order.Directory,
                commit,
                transfer.Order.Sparse!,
                TreeLimits.Of(options.MaxCloneFiles, options.MaxCloneMemory),
                ids => TransferAsync(new ObjectsRequest(ids), visit.FetchAsync, transfer, cancellationToken)
            );
        }
        catch (RemoteFailureException e) when (IsRefusal(e.Failure))
        {
            _filters = false;
            throw;
        }
    }

    /// <summary>Whether a remote that gave the commit a moment ago may have something against what it is asked for now.</summary>
    private static bool IsRefusal(CloneFailure failure) =>
        failure.Reason is Reasons.TransferFailed or Reasons.Unreachable or Reasons.AuthenticationFailed or Reasons.RepositoryNotFound;

    private async Task<FetchedTree> CloneAsync(
        UploadPack visit,
        RemoteHead fetched,
        string? commit,
        CloneOrder order,
        GitTree? seed,
        CancellationToken cancellationToken
    )
    {
        var head = commit is null ? fetched : new RemoteHead(Branch: null, commit) { IsCommitAsked = true };
        try
        {
            var isPartial = IsPartial(order, visit);
            LibGit2.Run(() => Prepare(order, head, isPartial));
            var packs =
                seed is null || order.Consolidates
                    ? SeedPacks.None
                    : await SeedPacks.LinkAsync(seed, order.Directory, order.Depth, isPartial, cancellationToken);
            var quota = NewQuota(order);
            var transfer = new Transfer(order, quota, isPartial);
            await FetchAsync(visit, fetched, packs, transfer, cancellationToken);
            if (isPartial)
            {
                await FetchBlobsAsync(visit, head.Commit, transfer, cancellationToken);
            }

            return Finish(order, head, packs == SeedPacks.None && !order.Consolidates ? null : seed, quota);
        }
        catch (Exception e) when (LocalFailure.Knows(e))
        {
            throw new RemoteFailureException(VolumeSpace.Explain(LocalFailure.Of(e), order.Directory), e);
        }
    }

    /// <summary>The quota of a clone, with what it has already: git's own files, and the packs that an older clone lent.</summary>
    private CloneQuota NewQuota(CloneOrder order)
    {
        var quota = new CloneQuota(options.MaxCloneBytes, order.Budget, order.Directory);
        quota.ChargeInodes(CloneSize.GitFiles, directories: 0);
        quota.ChargeShared(GitDirectory.Of(order.Directory).PackedBytes, GitDirectory.Of(order.Directory).PackFiles);
        return quota;
    }

    /// <summary>Checks out what is there.</summary>
    /// <param name="order">The clone.</param>
    /// <param name="head">What of it.</param>
    /// <param name="older">The older clone that lent its packs; null: none.</param>
    /// <param name="quota">What it may take.</param>
    private FetchedTree Finish(CloneOrder order, RemoteHead head, GitTree? older, CloneQuota quota)
    {
        LibGit2.Run(() => PointTo(order, head));

        // What came over the wire was hashed as it came, and what an older clone lent right before it was linked.
        LibGit2.TrustObjects();
        var omitted = WorkingTree.CheckOut(
            order.Directory,
            head.Commit,
            older,
            TreeLimits.Of(options.MaxCloneFiles, options.MaxCloneMemory),
            quota,
            order.Sparse is { } folders ? new SparseCone(folders) : null
        );
        return new FetchedTree(head.Branch, head.Commit, omitted, CommittedAt(order.Directory, head.Commit), quota.Size)
        {
            Ref = head.Ref,
            AbsentFolders = SparseCheckout.FindAbsent(order, head.Commit),
            Submodules = order.MaxSubmodules > 0 ? SubmoduleListing.Read(order.Directory, order.MaxSubmodules) : null,
            Lfs = order.FindLfs && omitted?.LfsFiles is { Count: > 0 and var pointers } ? LfsConfig.Read(order.Directory, pointers) : null,
        };
    }

    private static void Prepare(CloneOrder order, RemoteHead head, bool isPartial)
    {
        Repository.Init(order.Directory);
        var directory = GitDirectory.Of(order.Directory);
        using (var repository = new Repository(order.Directory))
        {
            // Names that another system's git would take for .git are refused here too: volumes travel.
            repository.Config.Set("core.protectHFS", value: true);
            repository.Config.Set("core.protectNTFS", value: true);
            repository.Config.Set("core.symlinks", value: true);

            // Linking a file, and removing the older clone's name of it later, is no change of the file.
            repository.Config.Set("core.trustctime", value: false);
        }

        SparseCheckout.Configure(order);

        (string, string)[] url =
        [
            ("url", order.Url.ToString()),
            .. isPartial ? [("promisor", "true"), ("partialclonefilter", FetchRequest.NoBlobs)] : ((string, string)[])[],
        ];
        if (head.Tag is { } tag)
        {
            GitConfig.AddSection(directory.Config, "remote", "origin", [.. url, ("fetch", $"+{tag}:{tag}")]);
            return;
        }

        if (head.Branch is not { } branch)
        {
            // Without a refspec, as `git clone --single-branch` leaves it: `git fetch` fetches the remote's HEAD then.
            GitConfig.AddSection(directory.Config, "remote", "origin", url);
            return;
        }

        GitConfig.AddSection(
            directory.Config,
            "remote",
            "origin",
            [.. url, ("fetch", $"+refs/heads/{branch}:refs/remotes/origin/{branch}")]
        );
        GitConfig.AddSection(directory.Config, "branch", branch, ("remote", "origin"), ("merge", $"refs/heads/{branch}"));
    }

    private async Task FetchAsync(
        UploadPack visit,
        RemoteHead head,
        SeedPacks packs,
        Transfer transfer,
        CancellationToken cancellationToken
    )
    {
        var (order, isPartial) = (transfer.Order, transfer.IsPartial);
        var request = new FetchRequest(head.TagObject ?? head.Commit, order.Depth, packs.Haves, packs.Shallow)
        {
            Filter = isPartial ? FetchRequest.NoBlobs : null,
        };
        var response = await TransferAsync(request, visit.FetchAsync, transfer, cancellationToken);

        // The older clone's shallow commits are still in the linked packs, without their parents.
        GitDirectory
            .Of(order.Directory)
            .WriteShallow(
                packs.Shallow.Except(response.Unshallow, StringComparer.Ordinal).Concat(response.Shallow).Concat(visit.RemoteShallow)
            );
    }

    /// <summary>Has a pack transferred, and puts it into place.</summary>
    private async Task<FetchResponse> TransferAsync<TRequest>(
        TRequest request,
        Func<TRequest, Action<ReadOnlySpan<byte>>, CancellationToken, Task<FetchResponse>> fetch,
        Transfer transfer,
        CancellationToken cancellationToken
    )
    {
        var (order, quota, isPartial) = transfer;
        var directory = GitDirectory.Of(order.Directory);
        var linked = directory.PackedBytes;

        // A pack and its index, and perhaps what says that it is partial.
        quota.ChargeInodes(isPartial ? 3 : 2, directories: 0);
        var before = quota.Size.Bytes;
        using var indexer = new PackIndexer(directory.Objects, quota);
        using var pace = new TransferPace(options.StallTimeout, TimeProvider.System, cancellationToken);
        FetchResponse response;
        try
        {
            response = await fetch(request, Take, pace.Token);
        }
        catch (Exception e)
            when (pace.IsTooSlow && !cancellationToken.IsCancellationRequested && e is OperationCanceledException or RemoteFailureException)
        {
            throw pace.Failure;
        }

        if (indexer.Commit() is { } pack && isPartial)
        {
            GitDirectory.MarkPartial(pack);
        }

        // The index, beside what came and what completed it.
        quota.ChargePiece(Math.Max(directory.PackedBytes - linked - (quota.Size.Bytes - before), 0));
        return response;

        void Take(ReadOnlySpan<byte> piece)
        {
            _hasTaken = true;
            pace.Count(piece.Length);
            quota.ChargePiece(piece.Length);
            try
            {
                indexer.Append(piece);
            }
            catch (Exception e) when (LocalFailure.Knows(e))
            {
                // Said here: further out, it would be the connection's.
                throw new RemoteFailureException(VolumeSpace.Explain(LocalFailure.Of(e), order.Directory), e);
            }
        }
    }

    /// <summary>What a transfer is for.</summary>
    /// <param name="Order">The clone.</param>
    /// <param name="Quota">What it may take.</param>
    /// <param name="IsPartial">Whether it may lack what the folders of a sparse clone don't need.</param>
    private sealed record Transfer(CloneOrder Order, CloneQuota Quota, bool IsPartial);

    private static long CommittedAt(string directory, string commit)
    {
        using var reader = new ObjectReader(GitDirectory.Of(directory).Objects);
        using var read = reader.Read(Git.ObjectId.Parse(commit), ObjectKind.Commit);
        return CommitTime.Of(read.Data);
    }

    private static void PointTo(CloneOrder order, RemoteHead head)
    {
        using var repository = new Repository(order.Directory);
        var commit = FindCommit(repository, order, head);
        if (head.Branch is not { } name)
        {
            if (head.Tag is { } tag)
            {
                repository.Refs.Add(tag, new LibGit2Sharp.ObjectId(head.TagObject ?? head.Commit));
            }

            repository.Refs.UpdateTarget("HEAD", head.Commit);
            return;
        }

        var tracking = $"refs/remotes/origin/{name}";
        repository.Refs.Add(tracking, commit.Id);
        repository.Refs.Add($"refs/heads/{name}", commit.Id);
        repository.Refs.UpdateTarget("HEAD", $"refs/heads/{name}");
        if (head.IsDefault)
        {
            repository.Refs.Add("refs/remotes/origin/HEAD", tracking);
        }
    }

    private static Commit FindCommit(Repository repository, CloneOrder order, RemoteHead head) =>
        repository.Lookup(head.Commit) switch
        {
            Commit commit => commit,
            null when head.IsCommitAsked => throw NotInHistory(order, head.Commit),
            null => throw new RemoteFailureException(
                Reasons.TransferFailed,
                "The remote did not send the commit that was asked for: it is tried again."
            ),
            _ => throw new RemoteFailureException(
                Reasons.RefNotFound,
                $"{head.Ref ?? head.Commit} is no commit and leads to none, so it has no working tree: correct spec.ref."
            ),
        };

    private static RemoteFailureException NotInHistory(CloneOrder order, string commit) =>
        new(
            Reasons.RefNotFound,
            order.Depth == 0
                ? $"The remote does not have the commit {commit}, or does not give it to us: correct spec.ref.commit, or push it."
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"The remote does not give the commit {commit} by its name, and it is not among the last {order.Depth} of its default "
                        + $"branch: correct spec.ref.commit, or set spec.depth to 0 to look through the whole history."
                )
        );
}

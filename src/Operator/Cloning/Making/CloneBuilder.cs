using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>Makes one clone: transfers it into a directory of its own, and publishes that.</summary>
internal sealed class CloneBuilder(
    CloneFetcher fetcher,
    StagingArea staging,
    FailedUpdates failedUpdates,
    Publisher publisher,
    CloneTimeout timeout,
    TimeProvider time
)
{
    /// <summary>Makes it, within the quota of the namespace and the timeout of the spec.</summary>
    /// <param name="desired">What it is to be of.</param>
    /// <param name="credentials">Those for the remote.</param>
    /// <param name="findHead">Finds what the remote has: part of the time that the spec gives.</param>
    /// <param name="old">Its older clone, or another's of the repository, whose objects are not transferred again; null: none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<Attempt<PublishedClone>> BuildAsync(
        DesiredClone desired,
        GitCredentials credentials,
        Func<CancellationToken, Task<Attempt<RemoteHead>>> findHead,
        PublishedClone? old,
        CancellationToken cancellationToken
    ) =>
        staging.UseAsync(
            desired.Key,
            desired.Uid,
            staged =>
                timeout.RunAsync(
                    desired,
                    async token =>
                        await findHead(token) is var head && head.Succeeded
                            ? await BuildAsync(desired, credentials, head.Value, old, staged, token)
                            : head.Failure!,
                    cancellationToken
                ),
            cancellationToken
        );

    /// <summary>
    /// Makes a clone anew that is there, with one pack, and has it take the other's place if it holds the same: within the timeout of the
    /// spec and what is left of the quota. To updates it is as if it had not been.
    /// </summary>
    /// <param name="desired">What it is of.</param>
    /// <param name="credentials">Those for the remote.</param>
    /// <param name="head">What the remote has.</param>
    /// <param name="old">The clone that is there.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<Attempt<PublishedClone>> ConsolidateAsync(
        DesiredClone desired,
        GitCredentials credentials,
        RemoteHead head,
        PublishedClone old,
        CancellationToken cancellationToken
    ) =>
        staging.UseSpareAsync(
            desired.Key,
            desired.Uid,
            staged =>
                timeout.RunAsync(desired, token => ConsolidateAsync(desired, credentials, head, old, staged, token), cancellationToken),
            cancellationToken
        );

    private async Task<Attempt<PublishedClone>> ConsolidateAsync(
        DesiredClone desired,
        GitCredentials credentials,
        RemoteHead head,
        PublishedClone old,
        StagedClone staged,
        CancellationToken cancellationToken
    )
    {
        try
        {
            staging.MakeDirectory(staged);
            var order = OrderOf(desired, head, credentials, staged) with { SeedFrom = staging.PlaceOf(desired.Key), Consolidates = true };
            var fetched = await fetcher.FetchAsync(desired, order, old, cancellationToken);
            if (!fetched.Succeeded)
            {
                return fetched.Failure;
            }

            // What it is a clone of has been there since then.
            var marker = MarkerOf(desired, fetched.Value, credentials.Access) with { ClonedAt = old.Marker.ClonedAt };
            return old.Marker.HoldsAllOf(marker with { Access = old.Marker.Access })
                ? publisher.Publish(staged.Directory, desired, marker with { Contents = CloneContents.Of(staged.Directory) }, old)
                : new CloneFailure(Reasons.Superseded, "The remote has something else by now: that is for an update.");
        }
        catch (Exception error) when (StoreFailure.IsOf(error))
        {
            return VolumeSpace.Explain(StoreFailure.From(error), staging.Root);
        }
    }

    private async Task<Attempt<PublishedClone>> BuildAsync(
        DesiredClone desired,
        GitCredentials credentials,
        RemoteHead head,
        PublishedClone? old,
        StagedClone staged,
        CancellationToken cancellationToken
    )
    {
        try
        {
            staging.MakeDirectory(staged);
            var lender = old is null || !failedUpdates.TryBuildOn(desired.Key, old) ? null : old;
            var order = OrderOf(desired, head, credentials, staged) with
            {
                SeedFrom = lender is null ? null : staging.PlaceOf(lender.Key),
                Budget = staged.Budget with { CountsLinks = lender is not null && lender.Key != desired.Key },
            };
            var fetched = await fetcher.FetchAsync(desired, order, lender, cancellationToken);
            return fetched.Succeeded
                ? Publish(staged.Directory, desired, MarkerOf(desired, fetched.Value, credentials.Access), old)
                : fetched.Failure;
        }
        catch (Exception error) when (StoreFailure.IsOf(error))
        {
            return VolumeSpace.Explain(StoreFailure.From(error), staging.Root);
        }
    }

    private static CloneOrder OrderOf(DesiredClone desired, RemoteHead head, GitCredentials credentials, StagedClone staged) =>
        new(desired.Url, head, desired.Depth, staged.Directory)
        {
            Credentials = credentials,
            Budget = staged.Budget,
            Sparse = desired.Sparse,
            MaxSubmodules = desired.Submodules?.Max ?? 0,
            FindLfs = desired.Lfs is not null,
        };

    private Attempt<PublishedClone> Publish(string directory, DesiredClone desired, CloneMarker marker, PublishedClone? old)
    {
        if (old?.Marker.HoldsAllOf(marker) == true)
        {
            // It was made for submodules, and they can't be had yet: readers need not go to another tree for that.
            return old;
        }

        var published = publisher.Publish(directory, desired, marker with { Contents = CloneContents.Of(directory) });
        return published.Succeeded ? published : VolumeSpace.Explain(published.Failure, staging.Root);
    }

    private CloneMarker MarkerOf(DesiredClone desired, FetchedClone clone, CloneAccess access) =>
        MarkerOf(desired, clone.Tree, access) with
        {
            Submodules = clone.Submodules,
            Lfs = clone.Lfs,
        };

    private CloneMarker MarkerOf(DesiredClone desired, FetchedTree fetched, CloneAccess access) =>
        new()
        {
            Uid = desired.Uid,
            Url = desired.Url.ToString(),
            WantedBranch = desired.WantedBranch,
            Branch = fetched.Branch,
            Commit = fetched.Commit,
            Depth = desired.Depth,
            ClonedAt = time.GetUtcNow(),
            Omitted = fetched.Omitted,
            CommittedAt = fetched.CommittedAt,
            Namespace = desired.Key.Namespace,
            Size = fetched.Size,
            WantedRef = desired.AskedRef,
            Ref = fetched.Ref,
            Sparse = desired.Sparse is { } folders ? new ClonedSparse(folders, fetched.AbsentFolders) : null,
            Access = access,
        };
}

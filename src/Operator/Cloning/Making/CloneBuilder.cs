using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>Makes one clone: transfers it into a directory of its own, and publishes that.</summary>
internal sealed class CloneBuilder(
    GitRemote remote,
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
            var order = new CloneOrder(desired.Url, head, desired.Depth, staged.Directory)
            {
                SeedFrom = lender is null ? null : staging.PlaceOf(lender.Key),
                Credentials = credentials,
                Budget = staged.Budget,
            };
            var fetched = await failedUpdates.NoteAsync(desired.Key, lender, () => remote.CloneAsync(order, cancellationToken));
            return fetched.Succeeded
                ? Publish(staged.Directory, desired, Sized(fetched.Value, desired, lender), credentials.Access)
                : fetched.Failure;
        }
        catch (Exception error) when (StoreFailure.IsOf(error))
        {
            return VolumeSpace.Explain(StoreFailure.From(error), staging.Root);
        }
    }

    /// <summary>What it shares with another's clone stays that one's: when its own older one goes, no less of it goes.</summary>
    private static FetchedTree Sized(FetchedTree fetched, DesiredClone desired, PublishedClone? lender) =>
        lender is not null && lender.Key != desired.Key && fetched.Size is { } size
            ? fetched with
            {
                Size = size with { SharedBytes = 0, SharedFiles = 0 },
            }
            : fetched;

    private Attempt<PublishedClone> Publish(string directory, DesiredClone desired, FetchedTree fetched, CloneAccess access)
    {
        var published = publisher.Publish(directory, desired, MarkerOf(desired, fetched, access, directory));
        return published.Succeeded ? published : VolumeSpace.Explain(published.Failure, staging.Root);
    }

    private CloneMarker MarkerOf(DesiredClone desired, FetchedTree fetched, CloneAccess access, string directory) =>
        new()
        {
            Uid = desired.Uid,
            Url = desired.Url.ToString(),
            WantedBranch = desired.WantedBranch,
            Branch = fetched.Branch,
            Commit = fetched.Commit,
            Depth = desired.Depth,
            ClonedAt = time.GetUtcNow(),
            Contents = CloneContents.Of(directory),
            Omitted = fetched.Omitted,
            CommittedAt = fetched.CommittedAt,
            Namespace = desired.Key.Namespace,
            Size = fetched.Size,
            WantedRef = desired.AskedRef,
            Ref = fetched.Ref,
            Access = access,
        };
}

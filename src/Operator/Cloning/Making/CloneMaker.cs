using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Queueing;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>Makes the clones that are missing, and replaces those whose branch has moved: once for all who ask at the same time.</summary>
internal sealed class CloneMaker(
    CloneStore store,
    StoreOwner owner,
    RemotePoll poll,
    ClonePipeline pipeline,
    FirstClones firsts,
    AttemptReporter reporter
)
{
    private readonly SingleFlight<NamespacedName, (CloneIdentity Desired, bool Refresh), EnsureResult> _flights = new();

    /// <summary>Makes sure that there is a complete clone of what is desired; how new it is does not matter.</summary>
    /// <param name="desired">What is desired.</param>
    /// <param name="cancellationToken">Ends the wait; a clone that nobody waits for any more is not made.</param>
    public Task<EnsureResult> EnsureAsync(DesiredClone desired, CancellationToken cancellationToken) =>
        EnsureAsync(desired, static (_, _) => Task.FromResult(true), cancellationToken);

    /// <summary>The same, for somebody who is to know what is decided.</summary>
    /// <param name="desired">What is desired.</param>
    /// <param name="mayBegin">
    /// Called when it is decided that there is something to do, before anything is done: whether to begin. Of those who ask for the same
    /// at the same time it is called for the first.
    /// </param>
    /// <param name="cancellationToken">Ends the wait; a clone that nobody waits for any more is not made.</param>
    /// <returns>What came of it; a failure that <see cref="CloneFailure.IsPutOff"/>: it is to wait for the clone of another.</returns>
    public async Task<EnsureResult> EnsureAsync(
        DesiredClone desired,
        Func<CloneDecision, CancellationToken, Task<bool>> mayBegin,
        CancellationToken cancellationToken
    ) =>
        store.FindWarm(desired) is { } clone
            ? EnsureResult.Of(clone, new CloneChange.None())
            : await _flights.RunAsync(
                desired.Key,
                (desired.Identity, false),
                token => EnsureColdAsync(desired, mayBegin, token),
                cancellationToken
            );

    /// <summary>Forgets a CodeRepo that is gone.</summary>
    public void Forget(NamespacedName key) => firsts.Forget(key);

    /// <summary>Polls the remote and, where the branch has moved, replaces the clone by one of it.</summary>
    /// <param name="desired">What is desired.</param>
    /// <param name="clone">The clone that is there.</param>
    /// <param name="need">What the poll is to find.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<EnsureResult> RefreshAsync(
        DesiredClone desired,
        PublishedClone clone,
        PollNeed need,
        CancellationToken cancellationToken
    ) =>
        _flights.RunAsync(
            desired.Key,
            (desired.Identity, true),
            token => RefreshAloneAsync(desired, clone, need, token),
            cancellationToken
        );

    /// <summary>
    /// The one decision on the way of a reconcile: the controller learns of it by <paramref name="mayBegin"/>. It must not be made before
    /// this flight may run: one that ran before it, for an older spec, may have published since.
    /// </summary>
    private async Task<EnsureResult> EnsureColdAsync(
        DesiredClone desired,
        Func<CloneDecision, CancellationToken, Task<bool>> mayBegin,
        CancellationToken cancellationToken
    )
    {
        var decision = store.Decide(desired);
        if (decision is CloneDecision.Keep keep)
        {
            // Whoever may write to the store: it is there to be read.
            return EnsureResult.Of(keep.Published, new CloneChange.None());
        }

        if (!await mayBegin(decision, cancellationToken))
        {
            return EnsureResult.Held;
        }

        if (owner.TryAcquire() is { } problem)
        {
            return EnsureResult.Failed(null, problem);
        }

        return decision switch
        {
            // What can't be looked at may be whole: it is neither made again nor taken away.
            CloneDecision.Wait wait => reporter.Failed(store.FindKnown(desired), wait.Failure),
            _ when store.MakeNamespaceDirectory(desired.Key) is { } taken => reporter.Failed(null, taken),
            _ => await MakeAsync(desired, decision, cancellationToken),
        };
    }

    private async Task<EnsureResult> MakeAsync(DesiredClone desired, CloneDecision decision, CancellationToken cancellationToken)
    {
        // Its remote is asked once its turn has come.
        if (MayBuildOnOthers(decision) && store.FindSibling(desired, commit: null) is null && firsts.FindWait(desired) is { } wait)
        {
            return EnsureResult.Failed(null, wait);
        }

        var credentials = await poll.FindCredentialsAsync(desired, cancellationToken);
        if (!credentials.Succeeded)
        {
            return reporter.Failed(null, credentials.Failure);
        }

        // Before there is a slot for it: a remote that does not respond must take none.
        Attempt<RemoteState> state;
        TimeSpan polled;
        using (var measured = reporter.MeasurePoll())
        {
            state = await poll.PollAsync(desired, credentials.Value, cancellationToken);
            if (!state.Succeeded)
            {
                measured.NotCloned();
                return reporter.Failed(null, state.Failure);
            }

            polled = measured.Took;
        }

        try
        {
            var made = await pipeline.RunAsync(
                desired,
                state.Value,
                polled,
                head => FindBase(desired, decision, head),
                isHealing: decision is CloneDecision.Reclone,
                cancellationToken
            );
            return made.Succeeded ? Changed(made.Value, ChangeOf(decision))
                : made.Failure.IsPutOff ? EnsureResult.Failed(null, made.Failure)
                : reporter.Failed(null, made.Failure);
        }
        finally
        {
            // Not before the store knows it: those that wait for it are built on it.
            firsts.End(desired.Key);
        }
    }

    private async Task<EnsureResult> RefreshAloneAsync(
        DesiredClone desired,
        PublishedClone clone,
        PollNeed need,
        CancellationToken cancellationToken
    )
    {
        if (owner.TryAcquire() is { } problem)
        {
            return EnsureResult.Failed(clone, problem);
        }

        // What ran before for this CodeRepo may have replaced it.
        clone = store.FindWarm(desired) ?? clone;
        var credentials = await poll.FindCredentialsAsync(desired, cancellationToken);
        if (!credentials.Succeeded)
        {
            return reporter.Failed(clone, credentials.Failure);
        }

        var state = await poll.PollAsync(desired, credentials.Value, need, cancellationToken);
        if (!state.Succeeded)
        {
            return state.Failure.IsPutOff
                ? EnsureResult.Of(clone, new CloneChange.None()) with
                {
                    IsPutOff = true,
                }
                : reporter.Failed(clone, state.Failure);
        }

        var head = state.Value.Head;

        // One that was made by what proves nothing is made again once the namespace has a permission of its own, which is then on record.
        var isRecorded =
            clone.Marker.Access is not (CloneAccess.Shared or CloneAccess.Proxy)
            || credentials.Value.Access is CloneAccess.Shared or CloneAccess.Proxy;
        var isCompleted = need.Completes && clone.Marker.MayBeCompleted;
        if (
            isRecorded
            && !isCompleted
            && (head.Commit, head.Branch, head.Ref) == (clone.Marker.Commit, clone.Marker.Branch, clone.Marker.Ref)
        )
        {
            return EnsureResult.Of(clone, new CloneChange.None()) with { AskedAt = state.Value.AskedAt };
        }

        var made = await pipeline.RunAsync(
            desired,
            state.Value,
            TimeSpan.Zero,
            _ => new CloneBase(clone),
            isHealing: false,
            cancellationToken
        );
        return !made.Succeeded ? reporter.Failed(clone, made.Failure)
            : ReferenceEquals(made.Value, clone) ? EnsureResult.Of(clone, new CloneChange.None())
            : Changed(made.Value, new CloneChange.Updated(clone.Marker.Commit));
    }

    private Attempt<CloneBase> FindBase(DesiredClone desired, CloneDecision decision, RemoteHead head)
    {
        var old = FindOld(desired, decision, head);
        if (old is null && firsts.TryBegin(desired, MayBuildOnOthers(decision)) is { } wait)
        {
            return wait;
        }

        // What this one would have waited for may have been published since.
        return new CloneBase(old ?? FindOld(desired, decision, head));
    }

    private PublishedClone? FindOld(DesiredClone desired, CloneDecision decision, RemoteHead head) =>
        decision switch
        {
            CloneDecision.Replace replace => replace.Published,
            _ when MayBuildOnOthers(decision) => store.FindSibling(desired, head.Commit),
            _ => null,
        };

    /// <summary>What is damaged may be so in all clones that share it: one that heals is made from scratch.</summary>
    private static bool MayBuildOnOthers(CloneDecision decision) =>
        decision is CloneDecision.CloneFirst or CloneDecision.Reclone { Loss: CloneLoss.FolderMissing };

    private EnsureResult Changed(PublishedClone clone, CloneChange change)
    {
        store.Add(clone);
        firsts.Forget(clone.Key);
        return reporter.Changed(clone, change);
    }

    private static CloneChange ChangeOf(CloneDecision decision) =>
        decision switch
        {
            CloneDecision.Reclone reclone => new CloneChange.Recloned(reclone.Loss),
            CloneDecision.Replace replace => new CloneChange.Updated(replace.Published.Marker.Commit),
            _ => new CloneChange.Cloned(),
        };
}

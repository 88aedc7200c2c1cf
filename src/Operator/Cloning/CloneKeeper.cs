using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Cloning.Scheduling;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Cloning;

/// <summary>Keeps a clone as its CodeRepo wants it: has it made where it is missing, and its remote polled when that is due.</summary>
internal sealed class CloneKeeper(
    CloneStore store,
    CloneMaker maker,
    CloneDemand demand,
    PollSchedule schedule,
    LostClones lost,
    FailedUpdates failedUpdates
)
{
    /// <summary>Looks what there is, and does nothing about it.</summary>
    public CloneDecision Look(DesiredClone desired)
    {
        var decision = store.Decide(desired);
        Note(desired.Key, decision);
        return decision;
    }

    /// <summary>
    /// Makes the clone if it is missing, and polls its remote if that is due, it was pushed to, or somebody waits for it.
    /// </summary>
    /// <param name="desired">What is desired.</param>
    /// <param name="isRetry">Whether the last attempt failed: that is over once the remote has responded again.</param>
    /// <param name="mayBegin">Called with what is to be done about a clone that is not as wanted: whether to begin.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What came of it; <see cref="EnsureResult.Held"/>: nobody has asked for a first clone, or it may not begin.</returns>
    public async Task<EnsureResult> KeepAsync(
        DesiredClone desired,
        bool isRetry,
        Func<CloneDecision, CancellationToken, Task<bool>> mayBegin,
        CancellationToken cancellationToken
    )
    {
        // Before the remote is polled: what is pushed from now on it may not have yet.
        var pushedAt = schedule.TakePushed(desired.Uid);
        EnsureResult? result = null;
        try
        {
            return result = await EnsureAndPollAsync(desired, NeedOf(desired, pushedAt, isRetry), mayBegin, cancellationToken);
        }
        finally
        {
            if (pushedAt is { } at && result is not { Published: not null, Failure: null })
            {
                schedule.Pushed(desired.Uid, at);
            }
        }
    }

    /// <summary>When the remote responded last, by the wall clock; null: not since the start.</summary>
    public DateTimeOffset? RespondedAt(DesiredClone desired) => schedule.RespondedAt(desired);

    /// <summary>How long until the next poll; null: there is none.</summary>
    public TimeSpan? NextPollIn(DesiredClone desired) =>
        (schedule.NextIn(desired), schedule.Content.NextIn(desired.Uid)) switch
        {
            ({ } poll, { } retry) => poll < retry ? poll : retry,
            var (poll, retry) => poll ?? retry,
        };

    /// <summary>Forgets a CodeRepo that is gone.</summary>
    public void Forget(CodeRepo repo)
    {
        var key = NamespacedName.Of(repo);
        schedule.Forget(repo.Metadata.Uid);
        demand.Forget(key);
        lost.Remove(key);
        failedUpdates.Forget(key);
        maker.Forget(key);
    }

    /// <summary>What a poll is to find that is due or asked for; null: none is, as long as there is a clone.</summary>
    private PollNeed? NeedOf(DesiredClone desired, long? pushedAt, bool isRetry) =>
        desired.IsAwaited ? schedule.NeedNow
        : pushedAt is { } at ? new PollNeed(PollUrgency.Asked, at)
        : isRetry ? schedule.NeedNow with { Urgency = PollUrgency.Retry }
        : schedule.IsDue(desired) ? schedule.NeedOf(desired)
        : null;

    private async Task<EnsureResult> EnsureAndPollAsync(
        DesiredClone desired,
        PollNeed? need,
        Func<CloneDecision, CancellationToken, Task<bool>> mayBegin,
        CancellationToken cancellationToken
    )
    {
        var result = await maker.EnsureAsync(desired, MayBeginAsync, cancellationToken);
        if (result.Published is { } there)
        {
            // How new it is, and whether the API server takes the status, does not matter to who waits for it.
            demand.Made(desired.Key, there, result.Change);
            lost.Remove(desired.Key);
        }

        var completes = true;
        if (result is { Published: { } clone, Change: CloneChange.None })
        {
            completes = desired.IsAwaited || schedule.Content.IsDue(clone);
            if ((need ?? (completes ? schedule.NeedNow with { Urgency = PollUrgency.Retry } : null)) is not { } wanted)
            {
                return result;
            }

            result = await maker.RefreshAsync(desired, clone, wanted with { Completes = completes }, cancellationToken);
        }

        if (completes || result.Change is not CloneChange.None)
        {
            schedule.Content.Tried(desired.Uid, result.Published);
        }

        switch (result)
        {
            case { IsPutOff: true }:
                schedule.PutOff(desired);
                break;
            case { IsHeld: false, Failure: null, AskedAt: { } askedAt }:
                schedule.Polled(desired, askedAt);
                break;
            case { IsHeld: false, Failure: null }:
                schedule.Polled(desired);
                break;
        }

        return result;

        async Task<bool> MayBeginAsync(CloneDecision decision, CancellationToken ended)
        {
            Note(desired.Key, decision);
            var isNotRequested = decision is CloneDecision.CloneFirst && desired.IsOnDemand && !demand.IsDemanded(desired.Key);
            return !isNotRequested && await mayBegin(decision, ended);
        }
    }

    /// <summary>Notes whether the clone was lost: what is lost has places in reserve, at the next attempts too.</summary>
    private void Note(NamespacedName key, CloneDecision decision)
    {
        if (decision is CloneDecision.Reclone)
        {
            lost.Add(key);
        }
        else
        {
            lost.Remove(key);
        }
    }
}

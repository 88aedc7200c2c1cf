using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Healing;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Cloning.Reporting;
using CodeRepoOperator.Cloning.Scheduling;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Reconciling;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning;

/// <summary>Keeps the clone of a CodeRepo as its spec asks: validate, ensure, look up, report.</summary>
internal sealed class CodeRepoController(
    CloneStore store,
    CodeRepoReporter reporter,
    CloneDemand demand,
    LookUpSchedule schedule,
    LostClones lost,
    OrphanCollector orphans,
    Backoff backoff,
    IOptions<StoreOptions> options)
    : IEntityController<CodeRepo>
{
    /// <inheritdoc />
    public async Task<ReconciliationResult<CodeRepo>> ReconcileAsync(CodeRepo entity, CancellationToken cancellationToken)
    {
        var parsed = WantedClone.Of(entity);
        if (!parsed.Succeeded)
        {
            return await EndAsync(entity, StandingOf(entity) with { Failure = parsed.Failure }, nextIn: null, cancellationToken);
        }

        var wanted = parsed.Value;
        var decision = store.Decide(wanted);
        NoteLoss(wanted.Key, decision);
        if (HeldBy(entity, decision) is { } held)
        {
            demand.Decline(wanted.Key);
            var found = StandingOf(entity) with { IsAsWanted = decision is CloneDecision.Keep, Held = held };
            return await EndAsync(entity, found, nextIn: null, cancellationToken);
        }

        if (UnderWay(decision) is { } underWay && !IsKnownToFail(entity))
        {
            entity = await reporter.ReportAsync(entity, StandingOf(entity) with { UnderWay = underWay }, cancellationToken);
        }

        var result = await EnsureAndLookUpAsync(entity, wanted, cancellationToken);
        var standing = new CloneStanding
        {
            Published = result.Published ?? store.Find(wanted.Key, wanted.Uid),
            IsAsWanted = result.Published is not null,
            Change = result.Change,
            Failure = result.Failure,
            AnsweredAt = schedule.AnsweredAt(wanted),
        };
        return await EndAsync(entity, standing, schedule.NextIn(wanted), cancellationToken);
    }

    /// <inheritdoc />
    public Task<ReconciliationResult<CodeRepo>> DeletedAsync(CodeRepo entity, CancellationToken cancellationToken)
    {
        schedule.Forget(entity.Metadata.Uid);
        demand.Forget(EntityKey.Of(entity));
        reporter.Forget(entity);
        lost.Remove(EntityKey.Of(entity));

        // Its finalizer has done this already, unless somebody took it off by hand.
        if (store.Remove(EntityKey.Of(entity), entity.Metadata.Uid) is not null)
        {
            // Not retried here: it would keep one that was made anew under the name from being worked on.
            orphans.Expect();
        }

        return Task.FromResult(ReconciliationResult<CodeRepo>.Success(entity));
    }

    /// <summary>What is lost has places in reserve, at the next attempts too.</summary>
    private void NoteLoss(EntityKey key, CloneDecision decision)
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

    private CloneStanding StandingOf(CodeRepo repo) => new() { Published = store.Find(EntityKey.Of(repo), repo.Metadata.Uid) };

    private async Task<EnsureResult> EnsureAndLookUpAsync(CodeRepo repo, WantedClone wanted, CancellationToken cancellationToken)
    {
        // Before the remote is asked: what is pushed from now on it may not know yet.
        var isPushed = schedule.TakePushed(wanted.Uid);
        EnsureResult? result = null;
        try
        {
            return result = await EnsureAndLookUpAsync(repo, wanted, isPushed, cancellationToken);
        }
        finally
        {
            if (isPushed && result is not { Failure: null })
            {
                schedule.Pushed(wanted.Uid);
            }
        }
    }

    private async Task<EnsureResult> EnsureAndLookUpAsync(CodeRepo repo, WantedClone wanted, bool isPushed, CancellationToken cancellationToken)
    {
        var result = await store.EnsureAsync(wanted, cancellationToken);
        if (result.Published is { } there)
        {
            // How new it is, and whether the API server takes the status, does not matter to who waits for it.
            demand.Made(wanted.Key, there, result.Change);
            lost.Remove(wanted.Key);
        }

        if (result is { Published: { } clone, Change: CloneChange.None })
        {
            // What failed is over once the remote has answered again, not because this process does not remember it.
            if (!isPushed && !schedule.IsDue(wanted) && !wanted.IsAwaited && !IsKnownToFail(repo))
            {
                return result;
            }

            result = await store.RefreshAsync(wanted, clone, cancellationToken);
        }

        if (result.Failure is null)
        {
            schedule.LookedUp(wanted);
        }

        return result;
    }

    private async Task<ReconciliationResult<CodeRepo>> EndAsync(
        CodeRepo repo, CloneStanding standing, TimeSpan? nextIn, CancellationToken cancellationToken)
    {
        demand.Note(EntityKey.Of(repo), standing.Failure);
        repo = await reporter.ReportAsync(repo, standing, cancellationToken);
        return standing.Failure switch
        {
            null => ReconciliationResult<CodeRepo>.Success(repo, nextIn),
            // Not before the remote asks for, and not all CodeRepos of it at the same instant.
            { RetryAfter: { } wait } failure => ReconciliationResult<CodeRepo>.Failure(
                repo, failure.Message, requeueAfter: wait + backoff.Within(wait * Backoff.Spread)),
            { Terminal: true } failure => ReconciliationResult<CodeRepo>.Failure(
                repo, failure.Message, requeueAfter: backoff.Jittered(options.Value.RetryIntervalOf(failure.Reason))),
            var failure => ReconciliationResult<CodeRepo>.Failure(repo, failure.Message),
        };
    }

    private (string Reason, string Message)? HeldBy(CodeRepo repo, CloneDecision decision) => repo.Spec switch
    {
        { Suspend: true } => (Reasons.Suspended, "spec.suspend is set: it is neither updated nor healed."),
        { Policy: ClonePolicy.OnDemand } when decision is CloneDecision.CloneFirst && repo.FindRequestedAt() is null && !demand.IsWished(EntityKey.Of(repo)) =>
            (Reasons.NotRequested, $"spec.policy is OnDemand: it is cloned when first asked for, through the Ensure API or by the annotation {CodeRepo.RequestedAtAnnotation}."),
        _ => null,
    };

    private static (string Reason, string Message)? UnderWay(CloneDecision decision) => decision switch
    {
        CloneDecision.CloneFirst => (Reasons.Cloning, "The first clone is being made."),
        CloneDecision.Replace => (Reasons.Cloning, "The spec changed: a clone of it is being made."),
        CloneDecision.Reclone reclone => (Reasons.Recloning, $"The clone was lost ({reclone.Loss}) and is being made again."),
        _ => null,
    };

    /// <summary>A retry of what failed is no news: the failure stays told until it is over.</summary>
    private static bool IsKnownToFail(CodeRepo repo)
        => repo.Status?.ObservedGeneration == repo.Metadata.Generation && StatusSummary.FailureOf(repo) is not null;
}

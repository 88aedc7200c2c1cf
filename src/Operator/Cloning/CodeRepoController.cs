using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Healing;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Reporting;
using CodeRepoOperator.Cloning.Scheduling;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Reconciling;

namespace CodeRepoOperator.Cloning;

/// <summary>Keeps the clone of a CodeRepo as its spec asks: validate, ensure, look up, report.</summary>
internal sealed class CodeRepoController(
    DesiredClones desired, CloneStore store, CloneKeeper keeper, CloneDemand demand, CodeRepoReporter reporter, OrphanCollector orphans, RetryDelay retry)
    : IEntityController<CodeRepo>
{
    /// <inheritdoc />
    public async Task<ReconciliationResult<CodeRepo>> ReconcileAsync(CodeRepo entity, CancellationToken cancellationToken)
    {
        var parsed = desired.Of(entity);
        if (!parsed.Succeeded)
        {
            return await EndAsync(entity, StateOf(entity) with { Failure = parsed.Failure }, nextPollIn: null, cancellationToken);
        }

        var wanted = parsed.Value;
        var decision = store.Decide(wanted);
        keeper.Note(wanted.Key, decision);
        if (HeldBy(entity, decision) is { } held)
        {
            demand.Decline(wanted.Key);
            var found = StateOf(entity) with { IsAsWanted = decision is CloneDecision.Keep, Held = held };
            return await EndAsync(entity, found, nextPollIn: null, cancellationToken);
        }

        if (UnderWay(decision) is { } underWay && !IsKnownToFail(entity))
        {
            entity = await reporter.ReportAsync(entity, StateOf(entity) with { UnderWay = underWay }, cancellationToken);
        }

        var result = await keeper.KeepAsync(wanted, isRetry: IsKnownToFail(entity), cancellationToken);
        var standing = new CloneState
        {
            Published = result.Published ?? store.Find(wanted.Key, wanted.Uid),
            IsAsWanted = result.Published is not null,
            Change = result.Change,
            Failure = result.Failure,
            RespondedAt = keeper.RespondedAt(wanted),
        };
        return await EndAsync(entity, standing, keeper.NextPollIn(wanted), cancellationToken);
    }

    /// <inheritdoc />
    public Task<ReconciliationResult<CodeRepo>> DeletedAsync(CodeRepo entity, CancellationToken cancellationToken)
    {
        keeper.Forget(entity);
        reporter.Forget(entity);

        // Its finalizer has done this already, unless somebody took it off by hand.
        if (store.Remove(NamespacedName.Of(entity), entity.Metadata.Uid) is not null)
        {
            // Not retried here: it would keep one that was made anew under the name from being worked on.
            orphans.Expect();
        }

        return Task.FromResult(ReconciliationResult<CodeRepo>.Success(entity));
    }

    private CloneState StateOf(CodeRepo repo) => new() { Published = store.Find(NamespacedName.Of(repo), repo.Metadata.Uid) };

    private async Task<ReconciliationResult<CodeRepo>> EndAsync(
        CodeRepo repo, CloneState standing, TimeSpan? nextPollIn, CancellationToken cancellationToken)
    {
        demand.Note(NamespacedName.Of(repo), standing.Failure);
        repo = await reporter.ReportAsync(repo, standing, cancellationToken);
        return retry.ResultOf(repo, standing.Failure, nextPollIn);
    }

    private (string Reason, string Message)? HeldBy(CodeRepo repo, CloneDecision decision) => repo.Spec switch
    {
        { Suspend: true } => (Reasons.Suspended, "spec.suspend is set: it is neither updated nor healed."),
        { Policy: ClonePolicy.OnDemand } when decision is CloneDecision.CloneFirst && repo.FindRequestedAt() is null && !demand.IsDemanded(NamespacedName.Of(repo)) =>
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

using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Healing;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Cloning.Reporting;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Reconciling;

namespace CodeRepoOperator.Cloning;

/// <summary>Keeps the clone of a CodeRepo as its spec asks: validate, ensure, look up, report.</summary>
internal sealed class CodeRepoController(
    DesiredClones desiredClones,
    CloneStore store,
    CloneKeeper keeper,
    CodeRepoReporter reporter,
    OutcomeReporter outcomes,
    OrphanCollector orphans
) : IEntityController<CodeRepo>
{
    private static readonly (string, string) Suspended = (Reasons.Suspended, "spec.suspend is set: it is neither updated nor healed.");

    private static readonly (string, string) NotRequested = (
        Reasons.NotRequested,
        "spec.policy is OnDemand: it is cloned when first asked for, through the Ensure API or by the annotation "
            + $"{CodeRepo.RequestedAtAnnotation}."
    );

    /// <inheritdoc />
    public async Task<ReconciliationResult<CodeRepo>> ReconcileAsync(CodeRepo entity, CancellationToken cancellationToken)
    {
        var parsed = desiredClones.Of(entity);
        if (!parsed.Succeeded)
        {
            var there = store.Find(NamespacedName.Of(entity), entity.Metadata.Uid);
            var invalid = new CloneState { Published = there, Failure = parsed.Failure };
            return await outcomes.ReportAsync(entity, invalid, nextPollIn: null, cancellationToken);
        }

        if (entity.Spec.Suspend)
        {
            var found = keeper.Look(parsed.Value);
            var state = new CloneState
            {
                Published = found.Whole,
                IsAsWanted = found is CloneDecision.Keep,
                Held = Suspended,
            };
            return await outcomes.ReportAsync(entity, state, nextPollIn: null, cancellationToken);
        }

        return await KeepAsync(entity, parsed.Value, cancellationToken);
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

    private async Task<ReconciliationResult<CodeRepo>> KeepAsync(CodeRepo repo, DesiredClone desired, CancellationToken cancellationToken)
    {
        Attempt<CodeRepo> reported = repo;
        var isRetry = IsKnownToFail(repo);
        var result = await keeper.KeepAsync(
            desired,
            isRetry,
            async (decision, ended) =>
            {
                // A retry of what failed changes nothing: the failure stays in the status until it is over.
                if (!isRetry && UnderWay(decision) is { } underWay)
                {
                    reported = await reporter.ReportAsync(repo, new CloneState { Published = decision.Whole, UnderWay = underWay }, ended);
                }

                return reported.Succeeded;
            },
            cancellationToken
        );
        if (!reported.Succeeded)
        {
            return ReconciliationResult<CodeRepo>.Unreported(repo, reported.Failure.Message);
        }

        if (result.Failure is { IsPutOff: true, RetryAfter: { } wait })
        {
            // It is as if it had not been taken off the queue yet.
            return ReconciliationResult<CodeRepo>.Success(reported.Value, wait);
        }

        return result.IsHeld
            ? await outcomes.ReportAsync(reported.Value, new CloneState { Held = NotRequested }, nextPollIn: null, cancellationToken)
            : await outcomes.ReportAsync(reported.Value, StateOf(desired, result), keeper.NextPollIn(desired), cancellationToken);
    }

    private CloneState StateOf(DesiredClone desired, EnsureResult result) =>
        new()
        {
            Published = result.Published ?? store.Find(desired.Key, desired.Uid),
            IsAsWanted = result.Published is not null,
            Change = result.Change,
            Failure = result.Failure,
            RespondedAt = keeper.RespondedAt(desired),
        };

    private static (string Reason, string Message)? UnderWay(CloneDecision decision) =>
        decision switch
        {
            CloneDecision.CloneFirst => (Reasons.Cloning, "The first clone is being made."),
            CloneDecision.Replace => (Reasons.Cloning, "The spec changed: a clone of it is being made."),
            CloneDecision.Reclone reclone => (Reasons.Recloning, $"The clone was lost ({reclone.Loss}) and is being made again."),
            _ => null,
        };

    private static bool IsKnownToFail(CodeRepo repo) =>
        repo.Status?.ObservedGeneration == repo.Metadata.Generation && StatusSummary.FailureOf(repo) is not null;
}

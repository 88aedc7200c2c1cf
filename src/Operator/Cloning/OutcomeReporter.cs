using CodeRepoOperator.Cloning.Reporting;
using CodeRepoOperator.Cloning.Scheduling;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Reconciling;

namespace CodeRepoOperator.Cloning;

/// <summary>
/// Reports how a reconcile ended: to the callers of the API, in the status, and to the queue, which has to know when the next one is due.
/// </summary>
internal sealed class OutcomeReporter(CloneDemand demand, CodeRepoReporter reporter, RetryDelay retry)
{
    /// <summary>Reports the end of a reconcile.</summary>
    /// <param name="repo">The CodeRepo.</param>
    /// <param name="state">The state of its clone.</param>
    /// <param name="nextPollIn">How long until the remote is to be polled, where nothing failed; null: it is not.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<ReconciliationResult<CodeRepo>> ReportAsync(
        CodeRepo repo,
        CloneState state,
        TimeSpan? nextPollIn,
        CancellationToken cancellationToken
    )
    {
        var key = NamespacedName.Of(repo);
        if (state.Held is not null)
        {
            demand.Decline(key);
        }

        demand.Note(key, state.Failure);
        var reported = await reporter.ReportAsync(repo, state, cancellationToken);
        return reported.Succeeded
            ? retry.ResultOf(reported.Value, state.Failure, nextPollIn)
            : ReconciliationResult<CodeRepo>.Unreported(repo, reported.Failure.Message);
    }
}

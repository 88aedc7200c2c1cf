using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Reconciling;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning;

/// <summary>When a CodeRepo that failed is tried again.</summary>
internal sealed class RetryDelay(Backoff backoff, IOptions<StoreOptions> options)
{
    /// <summary>The result of a reconcile.</summary>
    /// <param name="repo">The CodeRepo.</param>
    /// <param name="failure">Why it failed; null: it did not.</param>
    /// <param name="nextPollIn">How long until the remote is to be polled, where nothing failed; null: it is not.</param>
    public ReconciliationResult<CodeRepo> ResultOf(CodeRepo repo, CloneFailure? failure, TimeSpan? nextPollIn) =>
        failure switch
        {
            null => ReconciliationResult<CodeRepo>.Success(repo, nextPollIn),

            // Not before the remote asks for, and not all CodeRepos of it at the same instant.
            { RetryAfter: { } wait } => ReconciliationResult<CodeRepo>.Failure(
                repo,
                failure.Message,
                requeueAfter: wait + backoff.Within(wait * Backoff.Spread)
            ),
            { Terminal: true } => ReconciliationResult<CodeRepo>.Failure(
                repo,
                failure.Message,
                requeueAfter: backoff.Jittered(options.Value.RetryIntervalOf(failure.Reason))
            ),
            _ => ReconciliationResult<CodeRepo>.Failure(repo, failure.Message),
        };
}

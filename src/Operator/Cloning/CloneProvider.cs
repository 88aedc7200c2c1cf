using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Cloning.Scheduling;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Queueing;

namespace CodeRepoOperator.Cloning;

/// <summary>
/// Gets callers the clone of a CodeRepo. One that is there asks nobody. One that is not there is made by the
/// controller, before what nobody waits for, once for all who ask.
/// </summary>
internal sealed class CloneProvider(
    CloneFinder finder,
    WorkQueue<CodeRepo> queue,
    CloneDemand demand,
    TimeProvider time,
    ILogger<CloneProvider> log
)
{
    /// <summary>Gets the clone.</summary>
    /// <param name="key">The CodeRepo. Whether the caller may have it was checked.</param>
    /// <param name="wait">How long the caller waits for one that is not there.</param>
    /// <param name="cancellationToken">Ends the wait; what was asked for is made all the same.</param>
    public async Task<EnsureOutcome> EnsureAsync(NamespacedName key, TimeSpan wait, CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        while (true)
        {
            if ((finder.Find(key) ?? FindFailure(key)) is { } known)
            {
                return known;
            }

            if (!demand.IsAwaited(key))
            {
                log.AskedFor(key);
            }

            // First the demand, then the run that looks for it.
            var coming = demand.Ask(key);
            queue.AddWithPriority(key);
            var left = wait - time.GetElapsedTime(asked);
            if (!coming.IsCompleted && left <= TimeSpan.Zero)
            {
                return new EnsureOutcome.StillCloning();
            }

            try
            {
                if (await coming.WaitAsync(left, time, cancellationToken) is { } outcome)
                {
                    return outcome;
                }
            }
            catch (TimeoutException)
            {
                return new EnsureOutcome.StillCloning();
            }
        }
    }

    /// <summary>What came of the last attempt, while its back-off runs; null: there is none.</summary>
    private EnsureOutcome.Failed? FindFailure(NamespacedName key) =>
        demand.FailureOf(key) is { } failure && queue.RetryIn(key) is { } left ? new EnsureOutcome.Failed(failure, left) : null;
}

using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>Logs and counts how attempts to make clones end.</summary>
internal sealed class AttemptReporter(CloningMetrics metrics, Trash trash, ILogger<AttemptReporter> log)
{
    /// <summary>Counts a first poll as a clone under way until the result is disposed.</summary>
    public PollMeasurement MeasurePoll() => metrics.MeasurePoll();

    /// <summary>Reports a clone that was published.</summary>
    public EnsureResult Changed(PublishedClone clone, CloneChange change)
    {
        metrics.Changed(change);
        log.Changed(clone.Key, change, clone.Marker);
        return EnsureResult.Of(clone, change);
    }

    /// <summary>Reports a failure. Where the volume is full, the trash makes room for the next attempt.</summary>
    /// <param name="clone">The clone that is there all the same; null: none.</param>
    /// <param name="failure">The failure.</param>
    public EnsureResult Failed(PublishedClone? clone, CloneFailure failure)
    {
        metrics.Failed(failure);
        if (failure.Reason == Reasons.StoreFull)
        {
            trash.MakeRoom();
        }

        return EnsureResult.Failed(clone, failure);
    }
}

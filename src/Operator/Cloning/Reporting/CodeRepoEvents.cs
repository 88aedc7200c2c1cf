using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Reporting;

namespace CodeRepoOperator.Cloning.Reporting;

/// <summary>Publishes and logs what happened to the clone of a CodeRepo.</summary>
internal sealed class CodeRepoEvents(EventPublisher events, ILogger<CodeRepoEvents> log)
{
    /// <summary>Publishes what is new in a state: a failure, what was done to the clone, or that what failed before works again.</summary>
    /// <param name="repo">The CodeRepo as it was before.</param>
    /// <param name="state">What is to be in its status now.</param>
    public Task PublishAsync(CodeRepo repo, CloneState state)
    {
        var key = NamespacedName.Of(repo);
        var failedBefore = StatusSummary.FailureOf(repo);
        if (state.Failure is { } failure)
        {
            if (failure.Reason == failedBefore)
            {
                return Task.CompletedTask;
            }

            log.CloneFailed(key, failure.Reason, failure.Message);
            return events.WarningAsync(repo, EventReasons.CloneFailed, $"{failure.Reason}: {failure.Message}");
        }

        if (state.Change is not CloneChange.None && state.Published is { } clone)
        {
            var (reason, note) = Describe(state.Change, clone.Marker);
            return events.NormalAsync(repo, reason, note);
        }

        if (failedBefore is not null && state is { UnderWay: null, Held: null })
        {
            log.Recovered(key);
            return events.NormalAsync(repo, EventReasons.Recovered, "What failed before works again.");
        }

        return Task.CompletedTask;
    }

    /// <summary>Publishes that the clone was taken off the volume.</summary>
    public Task RemovedAsync(CodeRepo repo)
    {
        var key = NamespacedName.Of(repo);
        log.Removed(key);
        return events.NormalAsync(repo, EventReasons.Removed, "Removed the clone from the volume.");
    }

    /// <summary>Publishes that a deleted CodeRepo is let go although its clone is still on the volume.</summary>
    public Task NotRemovedAsync(CodeRepo repo, CloneFailure failure)
    {
        log.NotRemoved(NamespacedName.Of(repo), failure.Message);
        return events.WarningAsync(
            repo,
            EventReasons.NotRemoved,
            $"Left the clone on the volume; it is removed once the store can be used: {failure.Message}"
        );
    }

    private static (string Reason, string Note) Describe(CloneChange change, CloneMarker now) =>
        change switch
        {
            CloneChange.Recloned recloned => (EventReasons.Recloned, $"Cloned {now.CheckedOut} at {now.Commit} again: {recloned.Loss}."),
            CloneChange.Updated updated => (EventReasons.Updated, $"Updated {now.CheckedOut} from {updated.FromCommit} to {now.Commit}."),
            _ => (EventReasons.Cloned, $"Cloned {now.CheckedOut} at {now.Commit}."),
        };
}

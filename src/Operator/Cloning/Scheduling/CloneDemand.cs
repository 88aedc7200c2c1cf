using System.Collections.Concurrent;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Queueing;

namespace CodeRepoOperator.Cloning.Scheduling;

/// <summary>
/// The CodeRepos whose clones callers wait for right now, and what is reported to them. The controller makes the clones, so that
/// attempts, back-off, status and events are the same whoever asks; it finds here who is asked for, and leaves here what came of it.
/// Nothing but names of CodeRepos that exist gets in.
/// </summary>
internal sealed class CloneDemand : IRetryObserver<CodeRepo>
{
    private readonly ConcurrentDictionary<NamespacedName, TaskCompletionSource<EnsureOutcome?>> _waits = new();
    private readonly ConcurrentDictionary<NamespacedName, CloneFailure> _failures = new();

    /// <summary>What was asked for and has not been cloned since. Callers may leave; what they asked for is made.</summary>
    private readonly ConcurrentDictionary<NamespacedName, bool> _demanded = new();

    /// <summary>Asks for a clone, together with all others who wait for it.</summary>
    /// <returns>What comes of it; null: nothing was done, and it is worth looking again.</returns>
    public Task<EnsureOutcome?> Ask(NamespacedName key)
    {
        _demanded[key] = true;
        return _waits
            .GetOrAdd(key, static _ => new TaskCompletionSource<EnsureOutcome?>(TaskCreationOptions.RunContinuationsAsynchronously))
            .Task;
    }

    /// <summary>Whether somebody has asked and has no response yet.</summary>
    public bool IsAwaited(NamespacedName key) => _waits.ContainsKey(key);

    /// <summary>Whether it was asked for and could not be cloned since.</summary>
    public bool IsDemanded(NamespacedName key) => _demanded.ContainsKey(key);

    /// <summary>Why the last attempt failed; null: it did not, or there was none.</summary>
    public CloneFailure? FailureOf(NamespacedName key) => _failures.GetValueOrDefault(key);

    /// <summary>Reports to the callers that there is a clone.</summary>
    public void Made(NamespacedName key, PublishedClone clone, CloneChange change)
    {
        _demanded.TryRemove(key, out _);
        Response(key, new EnsureOutcome.Available(clone, change is CloneChange.Recloned));
    }

    /// <summary>Notes how an attempt ended. Callers hear of a failure once it is known when the next attempt is due.</summary>
    /// <param name="key">The CodeRepo.</param>
    /// <param name="failure">Why; null: it did not fail.</param>
    public void Note(NamespacedName key, CloneFailure? failure)
    {
        if (failure is null)
        {
            _failures.TryRemove(key, out _);
        }
        else
        {
            _failures[key] = failure;
        }
    }

    /// <summary>Has the callers get their response: the attempt failed, and it is known when the next one is due.</summary>
    public void RetryScheduled(NamespacedName key, TimeSpan retryIn) =>
        Response(key, FailureOf(key) is { } failure ? new EnsureOutcome.Failed(failure, retryIn) : null);

    /// <summary>Has the callers look again: nothing is done for this CodeRepo.</summary>
    public void Decline(NamespacedName key)
    {
        _demanded.TryRemove(key, out _);
        Response(key, null);
    }

    /// <summary>Forgets a CodeRepo that is gone.</summary>
    public void Forget(NamespacedName key)
    {
        _failures.TryRemove(key, out _);
        Decline(key);
    }

    private void Response(NamespacedName key, EnsureOutcome? outcome)
    {
        if (_waits.TryRemove(key, out var wait))
        {
            wait.SetResult(outcome);
        }
    }
}

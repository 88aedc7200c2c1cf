using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Queueing;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>
/// The clones that are being made from scratch, and the CodeRepos of the same namespace and repository that wait for one of them, to be
/// built on it: what they have in common is transferred once. Who waits holds nothing meanwhile: its key is back in the queue. When the
/// other clone is there, or will not be, all who wait for it go on at once. A CodeRepo waits once until it has a clone, so that those that
/// fail one after the other cost it the time of one.
/// </summary>
internal sealed class FirstClones(WorkQueue<CodeRepo> queue, IOptions<GitOptions> options, TimeProvider time, ILogger<FirstClones> log)
{
    private readonly long _startedAt = time.GetTimestamp();

    /// <summary>Guards the fields below: of those that come at the same moment one begins, and the others find it.</summary>
    private readonly Lock _lock = new();

    /// <summary>Each has a slot, so there are few.</summary>
    private readonly List<Transfer> _running = [];

    /// <summary>Those that wait, and those that have waited and have no clone yet.</summary>
    private readonly Dictionary<NamespacedName, Wait> _waits = [];

    private TimeSpan Now => time.GetElapsedTime(_startedAt);

    /// <summary>Looks whether a CodeRepo that has nothing to build on is to wait for another's clone.</summary>
    /// <returns>Why it may not begin, and when it may at the latest; null: it may.</returns>
    public CloneFailure? FindWait(DesiredClone desired)
    {
        lock (_lock)
        {
            return FindWaitWhileLocked(desired);
        }
    }

    /// <summary>Begins a clone from scratch, once there is a slot for it: one that waits itself is no reason to wait for.</summary>
    /// <param name="desired">What it is to be of.</param>
    /// <param name="mayWait">Whether it may wait for another's.</param>
    /// <returns>Why it may not begin, and when it may at the latest; null: it has begun, and is to be ended.</returns>
    public CloneFailure? TryBegin(DesiredClone desired, bool mayWait)
    {
        lock (_lock)
        {
            if (mayWait && FindWaitWhileLocked(desired) is { } wait)
            {
                return wait;
            }

            _running.Add(new Transfer(desired, Now + options.Value.TimeoutFor(desired.Timeout)));
            return null;
        }
    }

    /// <summary>Ends what was begun, whatever came of it, and has those go on who wait for it.</summary>
    public void End(NamespacedName key)
    {
        List<NamespacedName> waiting = [];
        lock (_lock)
        {
            if (_running.Find(transfer => transfer.Desired.Key == key) is { } ended)
            {
                _running.Remove(ended);
                waiting.AddRange(_waits.Where(wait => wait.Value.For == ended).Select(wait => wait.Key));
            }
        }

        waiting.ForEach(queue.Add);
    }

    /// <summary>Forgets a CodeRepo that is gone, or has its clone.</summary>
    public void Forget(NamespacedName key)
    {
        lock (_lock)
        {
            _waits.Remove(key);
        }
    }

    private CloneFailure? FindWaitWhileLocked(DesiredClone desired)
    {
        var now = Now;
        if (!_waits.TryGetValue(desired.Key, out var wait) || wait.Uid != desired.Uid)
        {
            if (_running.Find(transfer => IsWorthWaitingFor(transfer.Desired, desired)) is not { } transfer)
            {
                return null;
            }

            var own = now + options.Value.TimeoutFor(desired.Timeout);
            _waits[desired.Key] = wait = new Wait(desired.Uid, transfer, own < transfer.Until ? own : transfer.Until);
            log.WaitsForClone(desired.Key, transfer.Desired.Key);
        }

        return wait.Until > now && _running.Contains(wait.For) && IsWorthWaitingFor(wait.For.Desired, desired)
            ? new CloneFailure(Reasons.Superseded, "Another clone of the repository is being made, for this one to be built on.")
            {
                IsPutOff = true,
                RetryAfter = wait.Until - now,
            }
            : null;
    }

    /// <summary>
    /// Not one that transfers more of the repository than is asked for here: the whole history, where a commit is enough, takes longer
    /// than doing without.
    /// </summary>
    private static bool IsWorthWaitingFor(DesiredClone other, DesiredClone desired) =>
        other.Key.Namespace == desired.Key.Namespace
        && other.Key != desired.Key
        && other.Depth == desired.Depth
        && other.Sparse == desired.Sparse
        && (other.Submodules is null || desired.Submodules is not null)
        && (other.Lfs is null || desired.Lfs is not null)
        && RepoIdentity.Of(other.Url) == RepoIdentity.Of(desired.Url);

    /// <summary>A clone that is being made: no two are the same, though they be of the same.</summary>
    private sealed class Transfer(DesiredClone desired, TimeSpan until)
    {
        public DesiredClone Desired { get; } = desired;

        /// <summary>When its time is up, counted from the start.</summary>
        public TimeSpan Until { get; } = until;
    }

    /// <summary>A CodeRepo that waits, or has waited.</summary>
    /// <param name="Uid">Its uid.</param>
    /// <param name="For">What for.</param>
    /// <param name="Until">How long at most, counted from the start.</param>
    private sealed record Wait(string Uid, Transfer For, TimeSpan Until);
}

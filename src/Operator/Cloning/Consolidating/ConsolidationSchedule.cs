using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Runtime.Queueing;

namespace CodeRepoOperator.Cloning.Consolidating;

/// <summary>
/// Which clone is made anew next, and when: of the namespace that has waited longest the one with most packs, never more than a part of the
/// time, and what failed not again for an hour or more. By the monotonic clock; nothing is kept beyond a restart.
/// </summary>
internal sealed class ConsolidationSchedule(HostShares shares, Backoff backoff, TimeProvider time)
{
    /// <summary>
    /// How much longer than an attempt took nothing is done after it, so that however many clones are due, they are made for a fifth of the
    /// time at most.
    /// </summary>
    private const int Rest = 4;

    /// <summary>Doublings of a second before the first retry of a clone: 2^12 s, a little more than an hour.</summary>
    private const int Doublings = 12;

    /// <summary>The longest wait for the retry of a clone.</summary>
    private static readonly TimeSpan LongestRetry = TimeSpan.FromDays(1);

    /// <summary>How long others wait that meet the same: a host that does not respond, a quota that is used up, a full volume.</summary>
    private static readonly TimeSpan SharedRetry = TimeSpan.FromMinutes(15);

    /// <summary>How long a clone waits that gave way to others, or to an update: what was transferred is lost each time.</summary>
    private static readonly TimeSpan GaveWayRetry = TimeSpan.FromHours(1);

    /// <summary>How long a clone waits for its update at most. Once that is there it goes on: no other time is better.</summary>
    private static readonly TimeSpan LongestForUpdate = TimeSpan.FromMinutes(5);

    private readonly long _startedAt = time.GetTimestamp();

    /// <summary>The clones that were tried and are due: by the uid.</summary>
    private Dictionary<string, Wait> _clones = new(StringComparer.Ordinal);

    /// <summary>Until when hosts and namespaces wait.</summary>
    private readonly Dictionary<(string Kind, string Name), TimeSpan> _shared = [];

    /// <summary>When each namespace that has due clones had its last turn.</summary>
    private Dictionary<string, TimeSpan> _turns = new(StringComparer.Ordinal);

    /// <summary>Until when nothing is done.</summary>
    private TimeSpan _restsUntil;

    private TimeSpan Now => time.GetElapsedTime(_startedAt);

    /// <summary>Finds the next; null: none is due, or not now.</summary>
    /// <param name="due">Those that are due, looked at only when one may have its turn.</param>
    public DueClone? Next(IEnumerable<DueClone> due)
    {
        var now = Now;
        if (now < _restsUntil)
        {
            return null;
        }

        var all = due.ToList();
        Forget(all, now);
        return all.Where(clone => MayBegin(clone, now))
            .OrderBy(clone => _turns.GetValueOrDefault(clone.Namespace, TimeSpan.MinValue))
            .ThenByDescending(clone => clone.Packs)
            .FirstOrDefault();
    }

    /// <summary>Notes that an attempt begins. Until it is known how it ends it counts as failed: none begins again and again.</summary>
    public void Begin(DueClone clone)
    {
        var failures = FailuresOf(clone) + 1;
        _clones[clone.Desired.Uid] = new Wait(failures, Now + backoff.After(failures + Doublings, LongestRetry));
        _turns[clone.Namespace] = Now;
    }

    /// <summary>Notes how it ended.</summary>
    public void End(DueClone clone, ConsolidationResult result)
    {
        var now = Now;
        _restsUntil = now + ((now - _turns[clone.Namespace]) * Rest);
        var failures = FailuresOf(clone);
        switch (result.Outcome)
        {
            case ConsolidationOutcome.Moved:
                _clones[clone.Desired.Uid] = new Wait(failures - 1, now + backoff.Jittered(LongestForUpdate))
                {
                    ForUpdateOf = clone.Published.MarkerWrittenAt,
                };
                break;
            case ConsolidationOutcome.Superseded or ConsolidationOutcome.GaveWay:
                _clones[clone.Desired.Uid] = new Wait(failures - 1, now + backoff.Jittered(GaveWayRetry));
                break;
            default:
                break;
        }

        if (result.Failure is { } failure)
        {
            RestWhatIsShared(clone, failure, now);
        }
    }

    private int FailuresOf(DueClone clone) => _clones.TryGetValue(clone.Desired.Uid, out var wait) ? wait.Failures : 0;

    private void RestWhatIsShared(DueClone clone, CloneFailure failure, TimeSpan now)
    {
        // One that takes too long may be large, and the host quick: that says nothing of the others.
        var until = now + (failure.RetryAfter is { } wait && wait > SharedRetry ? wait : backoff.Jittered(SharedRetry));
        switch (failure.Reason)
        {
            case Reasons.StoreFull or Reasons.StoreUnavailable:
                _restsUntil = until > _restsUntil ? until : _restsUntil;
                break;
            case Reasons.QuotaExceeded:
                _shared[(nameof(clone.Namespace), clone.Namespace)] = until;
                break;
            case Reasons.Unreachable or Reasons.RateLimited:
                _shared[HostOf(clone)] = until;
                break;
            default:
                break;
        }
    }

    private bool MayBegin(DueClone clone, TimeSpan now) =>
        (!_clones.TryGetValue(clone.Desired.Uid, out var own) || own.IsOver(clone, now))
        && !_shared.ContainsKey((nameof(clone.Namespace), clone.Namespace))
        && !_shared.ContainsKey(HostOf(clone));

    /// <summary>What is kept is of clones that are due, and of waits that are not over.</summary>
    private void Forget(List<DueClone> due, TimeSpan now)
    {
        foreach (var (shared, _) in _shared.Where(entry => entry.Value <= now).ToList())
        {
            _shared.Remove(shared);
        }

        var uids = due.Select(clone => clone.Desired.Uid).ToHashSet(StringComparer.Ordinal);
        _clones = _clones.Where(entry => uids.Contains(entry.Key)).ToDictionary(StringComparer.Ordinal);
        var namespaces = due.Select(clone => clone.Namespace).ToHashSet(StringComparer.Ordinal);
        _turns = _turns.Where(entry => namespaces.Contains(entry.Key)).ToDictionary(StringComparer.Ordinal);
    }

    private (string Kind, string Name) HostOf(DueClone clone) =>
        (nameof(clone.Desired.Url.Host), shares.GroupOf(clone.Desired.Key, clone.Desired.Url));

    /// <summary>What a clone waits for.</summary>
    /// <param name="Failures">How often in a row it has failed.</param>
    /// <param name="Until">Until when.</param>
    private sealed record Wait(int Failures, TimeSpan Until)
    {
        /// <summary>By the marker, the clone that is to be updated first; null: it does not wait for that.</summary>
        public DateTime? ForUpdateOf { get; init; }

        public bool IsOver(DueClone clone, TimeSpan now) =>
            Until <= now || (ForUpdateOf is { } before && clone.Published.MarkerWrittenAt != before);
    }
}

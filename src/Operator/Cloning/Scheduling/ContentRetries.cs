using System.Collections.Concurrent;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Runtime.Queueing;

namespace CodeRepoOperator.Cloning.Scheduling;

/// <summary>
/// When submodules and files of Git LFS that a clone lacks are tried again, though its branch has not moved: after about a minute, and
/// each time that it was in vain after twice as long, up to 15 min. By the monotonic clock.
/// </summary>
internal sealed class ContentRetries(Backoff backoff, TimeProvider time)
{
    /// <summary>Doublings of a second before the first wait: 2^6 s, about a minute.</summary>
    private const int Doublings = 6;

    /// <summary>After a start, all that are missing are tried again within this time: not all at once.</summary>
    private static readonly TimeSpan AfterStart = TimeSpan.FromMinutes(5);

    private readonly long _startedAt = time.GetTimestamp();
    private readonly ConcurrentDictionary<string, (int Failures, TimeSpan At)> _next = new(StringComparer.Ordinal);

    private TimeSpan Now => time.GetElapsedTime(_startedAt);

    /// <summary>Whether what a clone lacks is to be tried again now.</summary>
    public bool IsDue(PublishedClone clone) =>
        clone.Marker.MayBeCompleted && _next.GetOrAdd(clone.Marker.Uid, _ => (0, Now + backoff.Within(AfterStart))).At <= Now;

    /// <summary>How long until the next try; null: there is none.</summary>
    public TimeSpan? NextIn(string uid) =>
        !_next.TryGetValue(uid, out var next) ? null
        : next.At > Now ? next.At - Now
        : TimeSpan.Zero;

    /// <summary>Notes a try, be it the first one.</summary>
    /// <param name="uid">The CodeRepo.</param>
    /// <param name="clone">Its clone after that; null: there is none.</param>
    public void Tried(string uid, PublishedClone? clone)
    {
        if (clone?.Marker.MayBeCompleted != true)
        {
            _next.TryRemove(uid, out _);
            return;
        }

        var failures = _next.TryGetValue(uid, out var before) ? before.Failures + 1 : 1;
        _next[uid] = (failures, Now + backoff.After(failures + Doublings));
    }

    /// <summary>Forgets a CodeRepo that is gone.</summary>
    public void Forget(string uid) => _next.TryRemove(uid, out _);
}

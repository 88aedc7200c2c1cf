using System.Collections.Concurrent;
using CodeRepoOperator.Runtime.Queueing;

namespace CodeRepoOperator.Cloning;

/// <summary>
/// When each remote is to be looked up next: every interval ± 20 %, so that CodeRepos made together are not looked up
/// together.
/// </summary>
internal sealed class LookUpSchedule(Backoff backoff, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _next = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _answered = new();
    private readonly ConcurrentDictionary<string, bool> _pushed = new();

    /// <summary>Whether a look-up is due. After a start the first one is, at some time within the interval.</summary>
    public bool IsDue(WantedClone wanted) => wanted.Interval > TimeSpan.Zero && NextIn(wanted) == TimeSpan.Zero;

    /// <summary>Notes that the branch was pushed to, as its git server tells: it is to be looked up whatever the interval, be it zero.</summary>
    public void Pushed(string uid) => _pushed[uid] = true;

    /// <summary>Whether it was pushed to since this was asked last. A push that comes during a look-up is for the next one.</summary>
    public bool TakePushed(string uid) => _pushed.TryRemove(uid, out _);

    /// <summary>Notes that the remote answered just now.</summary>
    public void LookedUp(WantedClone wanted)
    {
        var now = time.GetUtcNow();
        _answered[wanted.Uid] = now;
        _next[wanted.Uid] = now + backoff.Jittered(wanted.Interval);
    }

    /// <summary>When the remote answered last; null: not since the start.</summary>
    public DateTimeOffset? AnsweredAt(WantedClone wanted) => _answered.TryGetValue(wanted.Uid, out var at) ? at : null;

    /// <summary>How long until the next look-up; null: there is none.</summary>
    public TimeSpan? NextIn(WantedClone wanted)
    {
        if (wanted.Interval <= TimeSpan.Zero)
        {
            return null;
        }

        var now = time.GetUtcNow();
        var next = _next.GetOrAdd(wanted.Uid, _ => now + backoff.Within(wanted.Interval));
        var longest = now + (wanted.Interval * (1 + Backoff.Spread));
        if (next > longest)
        {
            // The interval was made shorter since.
            _next[wanted.Uid] = next = now + backoff.Within(wanted.Interval);
        }

        return next > now ? next - now : TimeSpan.Zero;
    }

    /// <summary>Forgets a CodeRepo that is gone.</summary>
    public void Forget(string uid)
    {
        _next.TryRemove(uid, out _);
        _answered.TryRemove(uid, out _);
        _pushed.TryRemove(uid, out _);
    }
}

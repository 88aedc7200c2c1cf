using System.Collections.Concurrent;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Runtime.Queueing;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Scheduling;

/// <summary>
/// When each remote is to be polled next: every interval ± 20 %, so that CodeRepos made together are not polled
/// together. By the monotonic clock: a wall clock that is set must not put off what is due.
/// </summary>
internal sealed class PollSchedule(Backoff backoff, IOptions<GitOptions> options, TimeProvider time)
{
    private readonly long _startedAt = time.GetTimestamp();

    /// <summary>When the next poll is due, counted from the start.</summary>
    private readonly ConcurrentDictionary<string, TimeSpan> _next = new();

    /// <summary>By the wall clock: for people.</summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> _responded = new();
    private readonly ConcurrentDictionary<string, bool> _pushed = new();

    /// <summary>When submodules that a clone lacks are tried again.</summary>
    public SubmoduleRetries Submodules { get; } = new(backoff, time);

    private TimeSpan Now => time.GetElapsedTime(_startedAt);

    /// <summary>Whether a poll is due. After a start the first one is, at some time within the interval.</summary>
    public bool IsDue(DesiredClone desired) => desired.Interval > TimeSpan.Zero && NextIn(desired) == TimeSpan.Zero;

    /// <summary>
    /// Notes that the branch was pushed to, as its git server reports: it is to be polled whatever the interval, be it zero.
    /// </summary>
    public void Pushed(string uid) => _pushed[uid] = true;

    /// <summary>Whether it was pushed to since this was asked last. A push that comes during a poll is for the next one.</summary>
    public bool TakePushed(string uid) => _pushed.TryRemove(uid, out _);

    /// <summary>Notes that the remote responded just now.</summary>
    public void Polled(DesiredClone desired)
    {
        _responded[desired.Uid] = time.GetUtcNow();
        _next[desired.Uid] = Now + backoff.Jittered(options.Value.IntervalFor(desired.Interval));
    }

    /// <summary>When the remote responded last; null: not since the start.</summary>
    public DateTimeOffset? RespondedAt(DesiredClone desired) => _responded.TryGetValue(desired.Uid, out var at) ? at : null;

    /// <summary>How long until the next poll; null: there is none.</summary>
    public TimeSpan? NextIn(DesiredClone desired)
    {
        var interval = options.Value.IntervalFor(desired.Interval);
        if (interval <= TimeSpan.Zero)
        {
            return null;
        }

        var now = Now;
        var next = _next.GetOrAdd(desired.Uid, _ => now + backoff.Within(interval));
        var longest = now + (interval * (1 + Backoff.Spread));
        if (next > longest)
        {
            // The interval was made shorter since.
            _next[desired.Uid] = next = now + backoff.Within(interval);
        }

        return next > now ? next - now : TimeSpan.Zero;
    }

    /// <summary>Forgets a CodeRepo that is gone.</summary>
    public void Forget(string uid)
    {
        _next.TryRemove(uid, out _);
        _responded.TryRemove(uid, out _);
        _pushed.TryRemove(uid, out _);
        Submodules.Forget(uid);
    }
}

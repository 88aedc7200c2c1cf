using System.Collections.Concurrent;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Runtime.Queueing;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Scheduling;

/// <summary>
/// When each remote is to be polled next: every interval ± 20 %, so that CodeRepos made together are not polled
/// together. By the monotonic clock: a wall clock that is set must not put off what is due.
/// </summary>
internal sealed class PollSchedule(Backoff backoff, IOptions<GitOptions> options, PutOffPolls putOff, TimeProvider time)
{
    /// <summary>
    /// How old what another CodeRepo of the same remote found may be, as a part of the interval. What is found counts from when the remote
    /// was asked, so nobody is later for it; and it is less than the shortest interval, so that nobody finds the same twice.
    /// </summary>
    private const double SharedFor = 1 - (2 * Backoff.Spread);

    private readonly long _startedAt = time.GetTimestamp();

    /// <summary>When the next poll is due, counted from the start.</summary>
    private readonly ConcurrentDictionary<string, TimeSpan> _next = new();

    /// <summary>Until when a poll that is due waits for the budget of its host, counted from the start.</summary>
    private readonly ConcurrentDictionary<string, TimeSpan> _putOff = new();

    /// <summary>From when on what is known is, as timestamps: nothing older is to take its place.</summary>
    private readonly ConcurrentDictionary<string, long> _known = new();

    /// <summary>By the wall clock: for people.</summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> _responded = new();

    /// <summary>When it was, as timestamps.</summary>
    private readonly ConcurrentDictionary<string, long> _pushed = new();

    /// <summary>When submodules and files of Git LFS that a clone lacks are tried again.</summary>
    public ContentRetries Content { get; } = new(backoff, time);

    private TimeSpan Now => time.GetElapsedTime(_startedAt);

    /// <summary>Whether a poll is due. After a start the first one is, at some time within the interval.</summary>
    public bool IsDue(DesiredClone desired) => desired.Interval > TimeSpan.Zero && NextIn(desired) == TimeSpan.Zero;

    /// <summary>What a poll that somebody asked for is to find.</summary>
    public PollNeed NeedNow => PollNeed.Now(time);

    /// <summary>What a poll that is due is to find: it may be what another CodeRepo found a while ago.</summary>
    public PollNeed NeedOf(DesiredClone desired)
    {
        var age = options.Value.IntervalFor(desired.Interval) * SharedFor;
        var since = time.GetTimestamp() - (long)(age.TotalSeconds * time.TimestampFrequency);
        return new PollNeed(PollUrgency.Due, Math.Max(since, _known.GetValueOrDefault(desired.Uid)));
    }

    /// <summary>
    /// Notes that the branch was pushed to, as its git server reports: it is to be polled whatever the interval, be it zero.
    /// </summary>
    /// <param name="uid">Whose.</param>
    /// <param name="at">When: a timestamp, the same for all that one report is about, so that they ask together.</param>
    public void Pushed(string uid, long at) => _pushed[uid] = at;

    /// <summary>
    /// When it was pushed to since this was asked last; null: it was not. A push that comes during a poll is for the next one.
    /// </summary>
    public long? TakePushed(string uid) => _pushed.TryRemove(uid, out var at) ? at : null;

    /// <summary>Notes that the remote responded just now.</summary>
    public void Polled(DesiredClone desired) => Polled(desired, time.GetTimestamp());

    /// <summary>Notes what the remote responded.</summary>
    /// <param name="desired">Whose remote.</param>
    /// <param name="askedAt">When it was asked, perhaps for another CodeRepo.</param>
    public void Polled(DesiredClone desired, long askedAt)
    {
        var age = time.GetElapsedTime(askedAt);
        _responded[desired.Uid] = time.GetUtcNow() - age;
        _known[desired.Uid] = askedAt;
        _next[desired.Uid] = Now - age + backoff.Jittered(options.Value.IntervalFor(desired.Interval));
        Resume(desired.Uid);
    }

    /// <summary>Puts a poll off that is due: the budget of its host is used up.</summary>
    public void PutOff(DesiredClone desired) => _putOff[desired.Uid] = Now + putOff.PutOff(desired);

    /// <summary>When the remote responded last; null: not since the start.</summary>
    public DateTimeOffset? RespondedAt(DesiredClone desired) => _responded.TryGetValue(desired.Uid, out var at) ? at : null;

    /// <summary>How long until the next poll; null: there is none.</summary>
    public TimeSpan? NextIn(DesiredClone desired)
    {
        var interval = options.Value.IntervalFor(desired.Interval);
        if (interval <= TimeSpan.Zero)
        {
            Resume(desired.Uid);
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

        next = _putOff.TryGetValue(desired.Uid, out var until) && until > next ? until : next;
        return next > now ? next - now : TimeSpan.Zero;
    }

    /// <summary>Forgets a CodeRepo that is gone.</summary>
    public void Forget(string uid)
    {
        _next.TryRemove(uid, out _);
        _known.TryRemove(uid, out _);
        _responded.TryRemove(uid, out _);
        _pushed.TryRemove(uid, out _);
        Content.Forget(uid);
        Resume(uid);
    }

    private void Resume(string uid)
    {
        if (_putOff.TryRemove(uid, out _))
        {
            putOff.Remove(uid);
        }
    }
}

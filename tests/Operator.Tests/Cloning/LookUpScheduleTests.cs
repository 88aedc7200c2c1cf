using CodeRepoOperator.Runtime.Queueing;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Cloning;

public sealed class LookUpScheduleTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly LookUpSchedule _schedule;
    private readonly WantedClone _wanted = TestClones.Wanted(repo => repo.Spec.Interval = "10m");

    public LookUpScheduleTests() => _schedule = new LookUpSchedule(new Backoff(new Random(1)), _time);

    [Fact]
    public void A_remote_is_looked_up_each_interval()
    {
        _schedule.LookedUp(_wanted);
        _time.Advance(TimeSpan.FromMinutes(7.9));
        Assert.False(_schedule.IsDue(_wanted));
        _time.Advance(TimeSpan.FromMinutes(4.2));
        Assert.True(_schedule.IsDue(_wanted));
    }

    [Fact]
    public void After_a_start_the_first_look_up_is_within_the_interval()
    {
        Assert.InRange(_schedule.NextIn(_wanted)!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(10));
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.True(_schedule.IsDue(_wanted));
    }

    [Fact]
    public void Without_an_interval_there_is_none()
    {
        var never = TestClones.Wanted(repo => repo.Spec.Interval = "0s");
        _time.Advance(TimeSpan.FromDays(1));

        Assert.False(_schedule.IsDue(never));
        Assert.Null(_schedule.NextIn(never));
    }

    [Fact]
    public void An_interval_that_was_made_shorter_counts_at_once()
    {
        _schedule.LookedUp(_wanted);

        Assert.InRange(_schedule.NextIn(TestClones.Wanted(repo => repo.Spec.Interval = "10s"))!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(12));
    }

    [Fact]
    public void When_the_remote_answered_is_known_until_the_CodeRepo_is_gone()
    {
        Assert.Null(_schedule.AnsweredAt(_wanted));
        _schedule.LookedUp(_wanted);
        var answered = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(answered, _schedule.AnsweredAt(_wanted));

        _schedule.Forget(_wanted.Uid);
        Assert.Null(_schedule.AnsweredAt(_wanted));
    }
}

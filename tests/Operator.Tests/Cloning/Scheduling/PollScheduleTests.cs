using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Runtime.Queueing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Cloning.Scheduling;

public sealed class PollScheduleTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly PollSchedule _schedule;
    private readonly DesiredClone _wanted = TestClones.Wanted(repo => repo.Spec.Interval = "10m");

    public PollScheduleTests() => _schedule = new PollSchedule(new Backoff(new Random(1)), Options.Create(new GitOptions()), _time);

    [Fact]
    public void A_remote_is_polled_each_interval()
    {
        _schedule.Polled(_wanted);
        _time.Advance(TimeSpan.FromMinutes(7.9));
        Assert.False(_schedule.IsDue(_wanted));
        _time.Advance(TimeSpan.FromMinutes(4.2));
        Assert.True(_schedule.IsDue(_wanted));
    }

    [Fact]
    public void Remotes_that_were_polled_together_are_not_polled_together_again()
    {
        var all = Enumerable
            .Range(0, 100)
            .Select(number =>
                TestClones.Wanted(repo =>
                {
                    repo.Metadata.Uid = $"{number}";
                    repo.Spec.Interval = "10m";
                })
            )
            .ToList();
        all.ForEach(_schedule.Polled);

        // Each within 20 % of the interval, and spread over most of that.
        Assert.InRange(all.Min(_schedule.NextIn)!.Value.TotalMinutes, 8, 8.5);
        Assert.InRange(all.Max(_schedule.NextIn)!.Value.TotalMinutes, 11.5, 12);
    }

    [Fact]
    public void After_a_start_the_first_poll_is_within_the_interval()
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
        _schedule.Polled(_wanted);

        Assert.InRange(
            _schedule.NextIn(TestClones.Wanted(repo => repo.Spec.Interval = "10s"))!.Value,
            TimeSpan.Zero,
            TimeSpan.FromSeconds(12)
        );
    }

    [Fact]
    public void When_the_remote_responded_is_known_until_the_CodeRepo_is_gone()
    {
        Assert.Null(_schedule.RespondedAt(_wanted));
        _schedule.Polled(_wanted);
        var responded = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(responded, _schedule.RespondedAt(_wanted));

        _schedule.Forget(_wanted.Uid);
        Assert.Null(_schedule.RespondedAt(_wanted));
    }

    [Fact]
    public void Of_a_CodeRepo_that_is_gone_neither_its_next_poll_nor_a_push_is_known()
    {
        _schedule.Polled(_wanted);
        _schedule.Pushed(_wanted.Uid);
        var before = _schedule.NextIn(_wanted);

        _schedule.Forget(_wanted.Uid);

        Assert.NotEqual(before, _schedule.NextIn(_wanted));
        Assert.False(_schedule.TakePushed(_wanted.Uid));
    }

    [Theory]
    [InlineData("1ms")]
    [InlineData("1s")]
    [InlineData("10s")]
    public void No_remote_is_polled_more_often_than_the_administrator_allows(string interval)
    {
        var wanted = TestClones.Wanted(repo => repo.Spec.Interval = interval);
        var polls = 0;
        for (var step = 0; step < 100_000; step++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
            if (_schedule.IsDue(wanted))
            {
                _schedule.Polled(wanted);
                polls++;
            }
        }

        Assert.InRange(polls, 1000 / 12, 1000 / 8);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(24)]
    public void A_wall_clock_that_is_set_puts_nothing_off_and_makes_nothing_early(int hours)
    {
        var time = new WallClock();
        var schedule = new PollSchedule(new Backoff(new Random(1)), Options.Create(new GitOptions()), time);
        schedule.Polled(_wanted);

        time.Set(TimeSpan.FromHours(hours));

        Assert.False(schedule.IsDue(_wanted));
        time.Advance(TimeSpan.FromMinutes(12));
        Assert.True(schedule.IsDue(_wanted));
    }
}

using System.Globalization;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Hosts;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Cloning.Scheduling;

public sealed class PollScheduleTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly PollSchedule _schedule;
    private readonly DesiredClone _wanted = TestClones.Wanted(repo => repo.Spec.Interval = "10m");

    public PollScheduleTests() => _schedule = TestSchedule.Of(_time);

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
        _schedule.Pushed(_wanted.Uid, _time.GetTimestamp());
        var before = _schedule.NextIn(_wanted);

        _schedule.Forget(_wanted.Uid);

        Assert.NotEqual(before, _schedule.NextIn(_wanted));
        Assert.Null(_schedule.TakePushed(_wanted.Uid));
    }

    [Fact]
    public void CodeRepos_of_one_remote_come_to_share_a_request_and_none_is_later_for_it()
    {
        var all = Enumerable
            .Range(0, 20)
            .Select(number =>
                TestClones.Wanted(repo => (repo.Metadata.Uid, repo.Spec.Interval) = (number.ToString(CultureInfo.InvariantCulture), "10m"))
            )
            .ToList();
        var (requests, found) = (0, long.MinValue);
        var known = all.ToDictionary(one => one.Uid, _ => _time.GetTimestamp());
        for (var second = 0; second < 24 * 3600; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            foreach (var one in all.Where(_schedule.IsDue).ToList())
            {
                if (found <= _schedule.NeedOf(one).Since)
                {
                    (requests, found) = (requests + 1, _time.GetTimestamp());
                }

                Assert.InRange(_time.GetElapsedTime(known[one.Uid]).TotalSeconds, 0, 12.1 * 60);
                known[one.Uid] = found;
                _schedule.Polled(one, found);
            }
        }

        // Each alone would have been 144, all together 2880.
        Assert.InRange(requests, 144, 144 / 0.75);
    }

    [Fact]
    public void What_was_found_before_the_clone_was_made_does_not_take_its_place()
    {
        _time.Advance(TimeSpan.FromHours(1));
        var before = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromMinutes(1));
        _schedule.Polled(_wanted);

        Assert.True(_schedule.NeedOf(_wanted).Since > before);
    }

    [Fact]
    public void Polls_for_which_there_is_no_budget_are_spread_and_not_lost()
    {
        var options = new GitOptions { HostBudgets = [new HostBudget { Host = "git.example.com", RequestsPerHour = 60 }] };
        var schedule = TestSchedule.Of(_time, options);
        var all = Enumerable
            .Range(0, 30)
            .Select(number =>
                TestClones.Wanted(repo => (repo.Metadata.Uid, repo.Spec.Interval) = (number.ToString(CultureInfo.InvariantCulture), "10s"))
            )
            .ToList();
        _time.Advance(TimeSpan.FromMinutes(1));
        all.ForEach(schedule.PutOff);

        // By turns of one a minute, the last of them comes within half an hour or so, and the first no sooner than there is one.
        var next = all.Select(one => schedule.NextIn(one)!.Value.TotalMinutes).ToList();
        Assert.InRange(next.Min(), 1, 10);
        Assert.InRange(next.Max(), 10, 31);
        Assert.DoesNotContain(all, schedule.IsDue);

        schedule.Polled(all[0]);
        Assert.InRange(schedule.NextIn(all[0])!.Value.TotalSeconds, 8, 12);
        _time.Advance(TimeSpan.FromMinutes(31));
        Assert.All(all, one => Assert.True(schedule.IsDue(one)));
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
        var schedule = TestSchedule.Of(time);
        schedule.Polled(_wanted);

        time.Set(TimeSpan.FromHours(hours));

        Assert.False(schedule.IsDue(_wanted));
        time.Advance(TimeSpan.FromMinutes(12));
        Assert.True(schedule.IsDue(_wanted));
    }
}

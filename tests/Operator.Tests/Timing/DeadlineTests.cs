namespace CodeRepoOperator.Timing;

public sealed class DeadlineTests
{
    private readonly WallClock _time = new();

    [Fact]
    public void It_passes_after_its_time_and_not_before()
    {
        var deadline = Deadline.In(_time, TimeSpan.FromSeconds(10));

        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(deadline.HasPassed(_time));
        Assert.Equal(TimeSpan.FromSeconds(1), deadline.Left(_time));

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(deadline.HasPassed(_time));
    }

    [Theory]
    [InlineData(-24)]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(24)]
    public void Setting_the_wall_clock_changes_nothing(int hours)
    {
        var deadline = Deadline.In(_time, TimeSpan.FromSeconds(10));

        _time.Set(TimeSpan.FromHours(hours));

        Assert.Equal(TimeSpan.FromSeconds(10), deadline.Left(_time));
    }

    [Fact]
    public void The_longest_there_is_does_not_overflow() => Assert.False(Deadline.In(_time, TimeSpan.MaxValue).HasPassed(_time));

    [Fact]
    public void One_that_has_passed_has_passed_on_a_machine_that_was_just_started()
    {
        Assert.True(Deadline.Passed.HasPassed(_time));
        var longAgo = Deadline.In(_time, TimeSpan.MinValue);
        Assert.True(longAgo.HasPassed(_time));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(longAgo.HasPassed(_time));
    }
}

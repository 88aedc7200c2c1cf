namespace CodeRepoOperator.Remotes.Hosts;

public sealed class GitOptionsTests
{
    [Theory]
    [InlineData("1ms: a second", 0.001, 1)]
    [InlineData("5 min: as asked", 300, 300)]
    [InlineData("24 h: what the administrator allows", 86_400, 1800)]
    public void A_timeout_is_kept_within_bounds(string what, double asked, double seconds) =>
        Assert.True(new GitOptions().TimeoutFor(TimeSpan.FromSeconds(asked)) == TimeSpan.FromSeconds(seconds), what);

    [Theory]
    [InlineData("0: never", 0, 0)]
    [InlineData("1ms: ten seconds", 0.001, 10)]
    [InlineData("a day: as asked", 86_400, 86_400)]
    public void An_interval_has_a_least(string what, double asked, double seconds) =>
        Assert.True(new GitOptions().IntervalFor(TimeSpan.FromSeconds(asked)) == TimeSpan.FromSeconds(seconds), what);
}

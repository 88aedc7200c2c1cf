namespace CodeRepoOperator.Runtime.Looping;

public sealed class QuietMeterTests
{
    private readonly QuietMeter _meter = new();
    private long _allocated;

    [Fact]
    public void It_waits_until_a_burst_is_over() =>
        Assert.Equal([false, false, true], new[] { QuietMeter.Much, QuietMeter.Much, QuietMeter.Little - 1 }.Select(LookAfter));

    [Fact]
    public void A_little_is_not_worth_it() => Assert.False(LookAfter(QuietMeter.Little - 1));

    [Fact]
    public void It_is_worth_it_once_for_each_burst() =>
        Assert.Equal([false, true, false, false], new[] { QuietMeter.Much, 0, 0, 0 }.Select(LookAfter));

    [Fact]
    public void Little_by_little_it_becomes_much() =>
        Assert.Equal([false, false, false, false, true], Enumerable.Repeat(QuietMeter.Little - 1, 5).Select(more => LookAfter(more)));

    private bool LookAfter(long more) => _meter.IsQuietAfterMuch(_allocated += more);
}

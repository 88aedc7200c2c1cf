namespace CodeRepoOperator.Api.Serving;

public sealed class RequestLimitsTests
{
    [Fact]
    public void Ten_seconds_worth_may_come_at_once_and_then_it_is_said_how_long_to_wait()
    {
        using var limits = new RequestLimits(perSecond: 1);

        Assert.All(Enumerable.Range(0, 10), _ => Assert.Null(limits.Take("a")));
        Assert.InRange(limits.Take("a")!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void One_does_not_count_for_another()
    {
        using var limits = new RequestLimits(perSecond: 1);
        while (limits.Take("a") is null)
        {
            // Until it is too much.
        }

        Assert.Null(limits.Take("b"));
    }

    [Fact]
    public void Zero_is_no_limit()
    {
        using var limits = new RequestLimits(perSecond: 0);

        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Null(limits.Take("a")));
    }
}

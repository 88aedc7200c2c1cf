namespace CodeRepoOperator.Api.Webhooks;

public sealed class HookDeliveriesTests
{
    private readonly WallClock _time = new();
    private readonly HookDeliveries _deliveries;

    public HookDeliveriesTests() => _deliveries = new HookDeliveries(TimeSpan.FromMinutes(10), _time);

    [Fact]
    public void One_that_comes_again_is_known_for_a_while()
    {
        Assert.True(_deliveries.TryAdd("one"));
        Assert.True(_deliveries.TryAdd("two"));
        _time.Advance(TimeSpan.FromMinutes(9));
        Assert.False(_deliveries.TryAdd("one"));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(_deliveries.TryAdd("one"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void Setting_the_wall_clock_makes_no_delivery_new_and_none_known_for_longer(int hours)
    {
        Assert.True(_deliveries.TryAdd("one"));
        _time.Set(TimeSpan.FromHours(hours));
        Assert.False(_deliveries.TryAdd("one"));
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.True(_deliveries.TryAdd("one"));
    }

    [Fact]
    public void One_that_was_not_acted_upon_may_come_again()
    {
        Assert.True(_deliveries.TryAdd("one"));
        _deliveries.Remove("one");
        Assert.True(_deliveries.TryAdd("one"));
    }

    [Fact]
    public void However_many_come_the_last_are_known_and_no_more()
    {
        for (var i = 0; i < 5000; i++)
        {
            Assert.True(_deliveries.TryAdd($"{i}"));
        }

        Assert.False(_deliveries.TryAdd("4999"));
        Assert.False(_deliveries.TryAdd("1000"));
        Assert.True(_deliveries.TryAdd("0"));
    }
}

namespace CodeRepoOperator.Runtime.Queueing;

public sealed class BackoffTests
{
    private readonly Backoff _backoff = new(new Random(1));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(5, 16)]
    [InlineData(10, 512)]
    [InlineData(11, 900)]
    [InlineData(1000, 900)]
    [InlineData(int.MaxValue, 900)]
    public void Waits_double_up_to_a_quarter_of_an_hour(int failures, double seconds)
    {
        for (var draw = 0; draw < 100; draw++)
        {
            Assert.InRange(_backoff.After(failures).TotalSeconds, seconds * 0.8, seconds * 1.2);
        }
    }

    [Fact]
    public void What_failed_together_does_not_come_back_together() =>
        Assert.True(Enumerable.Range(0, 100).Select(_ => _backoff.After(5)).Distinct().Count() > 90);
}

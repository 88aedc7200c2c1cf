namespace CodeRepoOperator.Cloning.Consolidating;

public sealed class PackLimitTests
{
    [Fact]
    public void Those_that_are_updated_in_step_are_not_due_in_step()
    {
        const int Repos = 2100;
        var random = new Random(1);
        var limits = Enumerable.Range(0, Repos).Select(_ => PackLimit.Of(NewUid(random), 20)).ToList();

        // Twenty-one limits, each for a hundred or so.
        var byLimit = limits.CountBy(limit => limit).OrderBy(count => count.Key).ToList();
        Assert.Equal(Enumerable.Range(20, 21), byLimit.Select(count => count.Key));
        Assert.All(byLimit, count => Assert.InRange(count.Value, 50, 150));
    }

    [Theory]
    [InlineData("5f0e1c2d-0000-4000-8000-000000000001", 20, 25)]
    [InlineData("5f0e1c2d-0000-4000-8000-000000000002", 20, 23)]
    [InlineData("5f0e1c2d-0000-4000-8000-000000000001", 1, 1)]
    public void It_is_the_same_after_a_restart(string uid, int least, int expected) => Assert.Equal(expected, PackLimit.Of(uid, least));

    private static string NewUid(Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes).ToString();
    }
}

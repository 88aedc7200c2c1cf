namespace CodeRepoOperator.Cloning.Store;

public sealed class TrashEntryTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>Ages in minutes and sizes of what is there, the limit, and the ages of what goes, in this order.</summary>
    public static TheoryData<string, (int Age, long Bytes)[], long, int[]> Cases =>
        new()
        {
            { "within grace and limit: all stay", [(1, 10), (9, 10)], 20, [] },
            { "at the end of the grace period: goes", [(10, 1), (9, 1)], 20, [10] },
            { "above the limit: the oldest go until the rest fits", [(1, 10), (3, 10), (2, 10)], 20, [3] },
            { "an old small one does not stay where a newer one had to go", [(1, 10), (2, 15), (3, 1)], 20, [3, 2] },
            { "the newest alone is too large: all go", [(1, 21), (2, 1)], 20, [2, 1] },
            { "no limit left: all go, oldest first", [(1, 1), (3, 1), (2, 1)], 0, [3, 2, 1] },
            { "what is over its grace period takes nobody's room", [(1, 20), (11, 100)], 20, [11] },
            { "nothing there", [], 20, [] },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_goes_now(string name, (int Age, long Bytes)[] there, long limit, int[] expected)
    {
        var entries = there.Select(entry => new TrashEntry($"{entry.Age}", Now - TimeSpan.FromMinutes(entry.Age), entry.Bytes));

        var due = TrashEntry.Due(entries, Now, TimeSpan.FromMinutes(10), limit);

        Assert.True(expected.Select(age => $"{age}").SequenceEqual(due.Select(entry => entry.Path)), $"{name}: {string.Join(", ", due)}");
    }
}

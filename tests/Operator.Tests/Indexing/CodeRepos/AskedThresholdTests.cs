using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Indexing.CodeRepos;

public sealed class AskedThresholdTests
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    [Theory]
    [InlineData("within the bounds", "45m", "00:45:00", null)]
    [InlineData("at the minimum", "5m", "00:05:00", null)]
    [InlineData("below it", "4m59s", "00:05:00", "below the administrator's minimum: 5m applies")]
    [InlineData("none at all", "0", null, "is not a duration above zero")]
    [InlineData("at the maximum", "24h", "1.00:00:00", null)]
    [InlineData("above it", "24h1s", "1.00:00:00", "above the administrator's maximum: 24h applies")]
    [InlineData("unreadable", "soon", null, "is not a duration")]
    [InlineData("of .NET", "00:45:00", null, "is not a duration")]
    [InlineData("negative", "-1h", null, "is not a duration")]
    [InlineData("beyond time", "999999999h", null, "is not a duration")]
    public void It_is_kept_within_the_bounds_and_that_is_reported(string what, string text, string? value, string? note)
    {
        var asked = AskedThreshold.Of(new CodeRepoIndexing { Threshold = text }, Shortest, Longest);

        Assert.Equal((what, value), (what, asked.Value?.ToString("c")));
        Assert.Equal(value is null, asked.IsUnreadable);
        if (note is null)
        {
            Assert.Null(asked.Note);
        }
        else
        {
            Assert.Contains(note, asked.Note!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Who_asks_for_none_has_the_table_s() =>
        Assert.Equal(
            new AskedThreshold(null, IsUnreadable: false, Note: null),
            AskedThreshold.Of(new CodeRepoIndexing { Id = "1" }, Shortest, Longest)
        );
}

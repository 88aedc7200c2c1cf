using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.Remotes;

public sealed class VersionRangeTests
{
    /// <summary>As Flux's GitRepository takes them.</summary>
    [Theory]
    [InlineData(">=1.2 <2", "1.2.0", true)]
    [InlineData(">=1.2 <2", "2.0.0", false)]
    [InlineData(">=1.2, <2", "1.9.9", true)]
    [InlineData("^1.4", "v1.5.0", true)]
    [InlineData("^1.4", "v2.0.0", false)]
    [InlineData("~1.4", "1.4.9", true)]
    [InlineData("~1.4", "1.5.0", false)]
    [InlineData("1.4.x", "1.4.7", true)]
    [InlineData("*", "0.0.1", true)]
    [InlineData("1.2 - 1.4", "1.4.2", true)]
    [InlineData("<1 || >=3", "3.0.0", true)]
    [InlineData("<1 || >=3", "2.0.0", false)]
    [InlineData("1.2.3", "v1.2.3", true)]
    [InlineData(">=1", "v2", true)]
    [InlineData(">=1", "1.2.3+build.5", true)]
    [InlineData(">=1", "2.0.0-rc.1", false)]
    [InlineData(">=1.0.0-0", "2.0.0-rc.1", true)]
    [InlineData(">=1", "release-2.0.0", false)]
    [InlineData(">=1", "latest", false)]
    [InlineData(">=1", "", false)]
    [InlineData(">=1", "99999999999999999999999999.0.0", true)]
    public void A_tag_is_in_a_range_or_not(string range, string tag, bool isIn) =>
        Assert.Equal(isIn, VersionRange.TryParse(range)!.Prefers(tag, best: null));

    /// <summary>The order that section 11 of Semantic Versioning 2.0.0 gives.</summary>
    [Fact]
    public void The_higher_of_two_is_preferred()
    {
        string[] rising =
        [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "v1.9.0",
            "1.10",
            "v2",
        ];
        var range = VersionRange.TryParse(">=0.0.0-0")!;
        foreach (var (higher, lower) in rising.Skip(1).Zip(rising))
        {
            Assert.True(range.Prefers(higher, lower), $"{higher} over {lower}");
            Assert.False(range.Prefers(lower, higher), $"{lower} over {higher}");
        }

        Assert.False(range.Prefers("v1.0.0", "1.0.0"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("latest")]
    [InlineData(">=")]
    [InlineData(">=1.2 <two")]
    [InlineData("1.2.3.4")]
    [InlineData("!!")]
    public void What_is_no_range_is_refused(string text) => Assert.Null(VersionRange.TryParse(text));
}

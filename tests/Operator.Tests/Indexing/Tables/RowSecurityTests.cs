namespace CodeRepoOperator.Indexing.Tables;

public sealed class RowSecurityTests
{
    [Theory]
    [InlineData("no policy", true, false, false)]
    [InlineData("all", false, true, true, "*+true")]
    [InlineData("reads", false, true, false, "r+true")]
    [InlineData("reads and changes", false, true, true, "r+true", "w+true")]
    [InlineData("changes", true, false, false, "w+true")]
    [InlineData("some", false, false, false, "*+(name = 'a'::text)")]
    [InlineData("some, and all", false, true, true, "*+(name = 'a'::text)", "*+true")]
    [InlineData("all, but for some", false, false, false, "*+true", "*-(name = 'a'::text)")]
    [InlineData("all, but some changes", false, true, false, "*+true", "w-(name = 'a'::text)")]
    [InlineData("all, and none taken away", false, true, true, "*+true", "*-true")]
    [InlineData("all, but not inserted ones", false, true, true, "*+true", "a-")]
    [InlineData("one that says nothing of rows that are there", true, false, false, "*+")]
    [InlineData("only taken away", true, false, false, "*-true")]
    public void What_policies_show(string what, bool hidesAll, bool showsToRead, bool showsToChange, params string[] policies)
    {
        var security = new RowSecurity(
            "t",
            "r",
            [.. policies.Select(text => new RowPolicy(text, text[0], text[1] == '+', text.Length > 2 ? text[2..] : null))]
        );

        Assert.Equal(
            (what, hidesAll, showsToRead, showsToChange),
            (what, security.HidesAll, security.ShowsAllToRead, security.ShowsAllToChange)
        );
    }
}

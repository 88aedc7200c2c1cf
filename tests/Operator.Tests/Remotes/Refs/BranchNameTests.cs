using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Remotes.Refs;

public sealed class BranchNameTests
{
    [Theory]
    [InlineData("main")]
    [InlineData("feature/a-b_c.d")]
    [InlineData("é/名前")]
    [InlineData("a@b")]
    [InlineData("we\"ird")]
    public void What_git_allows_is_read(string name) => Assert.Equal($"refs/heads/{name}", BranchName.Parse(name).Value?.Ref);

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("-a")]
    [InlineData("a..b")]
    [InlineData("a@{b")]
    [InlineData("@")]
    [InlineData("HEAD")]
    [InlineData("a b")]
    [InlineData("a~b")]
    [InlineData("a^b")]
    [InlineData("a:b")]
    [InlineData("a?b")]
    [InlineData("a*b")]
    [InlineData("a[b")]
    [InlineData("a\\b")]
    [InlineData("a\u007fb")]
    [InlineData("a\nb")]
    [InlineData("a.lock")]
    [InlineData("a.lock/b")]
    [InlineData(".a")]
    [InlineData("a/.b")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("a.")]
    public void What_git_refuses_is_refused(string? name) => Assert.Equal(Reasons.InvalidSpec, BranchName.Parse(name).Failure?.Reason);

    [Fact]
    public void The_longest_name_has_244_characters()
    {
        Assert.True(BranchName.Parse(new string('a', 244)).Succeeded);
        Assert.False(BranchName.Parse(new string('a', 245)).Succeeded);
    }
}

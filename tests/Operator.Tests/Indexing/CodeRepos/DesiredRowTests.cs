namespace CodeRepoOperator.Indexing.CodeRepos;

public sealed class DesiredRowTests
{
    [Theory]
    [InlineData("depth", true)]
    [InlineData("auth.secret", true)]
    [InlineData("", false)]
    [InlineData("git_url", false)]
    [InlineData("branch", false)]
    [InlineData("indexing.id", false)]
    public void One_that_could_not_be_read_keeps_its_rows_as_long_as_it_is_known_which(string field, bool isKnown)
    {
        var wanted = TestRows.Wanted(change: repo => (repo.Spec.Unreadable, repo.Spec.Indexing) = ([field], new() { Id = "7" }));

        Assert.Equal(isKnown, wanted.Repo is not null);
        Assert.Equal(isKnown ? "7" : null, wanted.Id);
    }
}

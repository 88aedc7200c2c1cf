namespace CodeRepoOperator.Runtime.Reporting;

public sealed class ToldFailuresTests
{
    private readonly ToldFailures<string> _told = new();

    [Fact]
    public void A_failure_is_news_once()
    {
        Assert.True(_told.IsNews("watch", "refused"));
        Assert.False(_told.IsNews("watch", "refused"));
    }

    [Fact]
    public void Another_failure_of_the_same_is_news_and_so_is_the_same_failure_of_another()
    {
        _told.IsNews("watch", "refused");

        Assert.True(_told.IsNews("watch", "forbidden"));
        Assert.True(_told.IsNews("lease", "refused"));
    }

    [Fact]
    public void What_works_again_is_told_once_and_its_next_failure_is_news()
    {
        Assert.False(_told.IsOver("watch"));
        _told.IsNews("watch", "refused");

        Assert.True(_told.IsOver("watch"));
        Assert.False(_told.IsOver("watch"));
        Assert.True(_told.IsNews("watch", "refused"));
    }
}

namespace CodeRepoOperator.Runtime.Monitoring;

public sealed class ToldFailuresTests
{
    private readonly LoggedFailures<string> _told = new();

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
    public void Failures_by_turns_are_news_once_each()
    {
        _told.IsNews("watch", "reset");
        _told.IsNews("watch", "refused");

        Assert.False(_told.IsNews("watch", "reset"));
        Assert.False(_told.IsNews("watch", "refused"));
    }

    [Fact]
    public void Failures_whose_words_always_differ_are_news_and_not_kept_for_ever()
    {
        Assert.All(Enumerable.Range(0, 1_000), port => Assert.True(_told.IsNews("watch", $"refused from port {port}")));
        Assert.True(_told.IsNews("watch", "refused from port 0"));
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

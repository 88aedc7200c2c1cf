namespace CodeRepoOperator.Runtime.Monitoring;

public sealed class LoggedFailuresTests
{
    private readonly LoggedFailures<string> _logged = new();

    [Fact]
    public void A_failure_is_news_once()
    {
        Assert.True(_logged.IsNew("watch", "refused"));
        Assert.False(_logged.IsNew("watch", "refused"));
    }

    [Fact]
    public void Another_failure_of_the_same_is_news_and_so_is_the_same_failure_of_another()
    {
        _logged.IsNew("watch", "refused");

        Assert.True(_logged.IsNew("watch", "forbidden"));
        Assert.True(_logged.IsNew("lease", "refused"));
    }

    [Fact]
    public void Failures_by_turns_are_news_once_each()
    {
        _logged.IsNew("watch", "reset");
        _logged.IsNew("watch", "refused");

        Assert.False(_logged.IsNew("watch", "reset"));
        Assert.False(_logged.IsNew("watch", "refused"));
    }

    [Fact]
    public void Failures_whose_words_always_differ_are_news_and_not_kept_for_ever()
    {
        Assert.All(Enumerable.Range(0, 1_000), port => Assert.True(_logged.IsNew("watch", $"refused from port {port}")));
        Assert.True(_logged.IsNew("watch", "refused from port 0"));
    }

    [Fact]
    public void What_works_again_is_reported_once_and_its_next_failure_is_news()
    {
        Assert.False(_logged.IsOver("watch"));
        _logged.IsNew("watch", "refused");

        Assert.True(_logged.IsOver("watch"));
        Assert.False(_logged.IsOver("watch"));
        Assert.True(_logged.IsNew("watch", "refused"));
    }
}

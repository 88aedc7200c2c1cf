namespace CodeRepoOperator.Cloning.Reporting;

public sealed class FailureMessageTests
{
    [Theory]
    [InlineData("a request's id", "ended (\"internal error 7f3a-01\")", "ended (\"internal error 99bc-02\")")]
    [InlineData("a Retry-After in seconds", "HTTP 503: it is tried again after 7 s", "HTTP 503: it is tried again after 12 s")]
    [InlineData("a Retry-After as a date", "again after 2026-01-02T03:04:05Z, as", "again after 2026-01-02T03:14:05Z, as")]
    [InlineData(
        "the name of a temporary directory",
        "mkdir /store/.coderepo/tmp/uid.0f8fad5bd9cb469fa16570867728950e: Input/output error",
        "mkdir /store/.coderepo/tmp/uid.7c9e6679742540de944be07fc1f90ae7: Input/output error"
    )]
    [InlineData("a port", "reset by 127.0.0.1:40122", "reset by 127.0.0.1:40998")]
    [InlineData("a count", "ended after 1024 bytes", "ended after 96 bytes")]
    public void A_detail_that_moved_is_no_news(string detail, string reported, string now) =>
        Assert.True(FailureMessage.Stable(reported, now) == reported, detail);

    [Theory]
    [InlineData("The remote responded with HTTP 503 (it is overloaded)", "The remote responded with HTTP 500 (it failed)")]
    [InlineData("DNS knows no address of git.example.com", "git.example.com refused the connection")]
    [InlineData("ended after 7 bytes", "ended after 7 bytes: no room")]
    [InlineData("The volume is read-only", "The volume can't be used")]
    public void Other_words_are_news(string reported, string now) => Assert.Equal(now, FailureMessage.Stable(reported, now));
}

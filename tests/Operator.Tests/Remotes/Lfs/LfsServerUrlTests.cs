using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Remotes.Lfs;

public sealed class LfsServerUrlTests
{
    [Theory]
    [InlineData("https://git.example.com/foo/bar", "https://git.example.com/foo/bar.git/info/lfs")]
    [InlineData("https://git.example.com/foo/bar.git", "https://git.example.com/foo/bar.git/info/lfs")]
    [InlineData("https://git.example.com:8443/bar/", "https://git.example.com:8443/bar.git/info/lfs")]
    [InlineData("http://user@127.0.0.1:3000/a.git", "http://user@127.0.0.1:3000/a.git/info/lfs")]
    public void It_is_below_a_repository_over_http(string repository, string server) =>
        Assert.Equal(server, LfsServerUrl.Resolve(null, Parse(repository)).Value?.ToString());

    [Theory]
    [InlineData("git@git.example.com:foo/bar.git", "https://git.example.com/foo/bar.git/info/lfs")]
    [InlineData("ssh://git@git.example.com:2222/foo/b%20r", "https://git.example.com/foo/b%20r.git/info/lfs")]
    [InlineData("ssh://git@[2001:db8::1]/~ann/x.git", "https://[2001:db8::1]/~ann/x.git/info/lfs")]
    public void Over_ssh_the_repository_is_asked_and_may_not_know(string repository, string server)
    {
        var url = Parse(repository);
        Assert.Equal(url, LfsServerUrl.Resolve(null, url).Value);
        Assert.Equal(server, LfsServerUrl.OverHttps(url).Value?.ToString());
    }

    [Fact]
    public void What_the_repository_names_counts_and_a_password_there_is_not_repeated()
    {
        var repository = Parse("https://git.example.com/foo.git");
        Assert.Equal("https://lfs.example.com/foo", LfsServerUrl.Resolve("https://lfs.example.com/foo", repository).Value?.ToString());
        Assert.False(LfsServerUrl.Resolve("ssh://git@lfs.example.com/foo", repository).Value!.IsHttp);
        foreach (var refused in new[] { "file:///etc", "/local", "https://user:hunter2@lfs.example.com/x", "--upload-pack=x" })
        {
            var failure = LfsServerUrl.Resolve(refused, repository).Failure;
            Assert.Equal(Reasons.InvalidUrl, failure?.Reason);
            Assert.DoesNotContain("hunter2", failure!.Message, StringComparison.Ordinal);
        }
    }

    private static GitUrl Parse(string url) => GitUrl.Parse(url).Value!;
}

using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning.Remotes;

public sealed class GitUrlTests
{
    [Theory]
    [InlineData("https://git.example.com/team/hello.git", "https", "git.example.com", 443, "https://git.example.com/team/hello.git")]
    [InlineData("HTTPS://Git.Example.COM:443/Team/Hello", "https", "git.example.com", 443, "https://git.example.com/Team/Hello")]
    [InlineData("http://10.0.0.7:3000/a", "http", "10.0.0.7", 3000, "http://10.0.0.7:3000/a")]
    [InlineData("https://[2001:DB8::1]/a", "https", "2001:db8::1", 443, "https://[2001:db8::1]/a")]
    [InlineData("https://bücher.example/a%20b", "https", "xn--bcher-kva.example", 443, "https://xn--bcher-kva.example/a%20b")]
    [InlineData("ssh://git@host:2222/~/a.git", "ssh", "host", 2222, "ssh://git@host:2222/~/a.git")]
    [InlineData("git@github.com:team/hello.git", "ssh", "github.com", 22, "git@github.com:team/hello.git")]
    [InlineData("http://2130706433/a", "http", "127.0.0.1", 80, "http://127.0.0.1/a")]
    public void What_can_be_cloned_is_read(string text, string scheme, string host, int port, string shown)
    {
        var url = GitUrl.Parse(text).Value!;
        Assert.Equal((scheme, host, port, shown), (url.Scheme, url.Host, url.Port, url.ToString()));
        Assert.Equal(url, GitUrl.Parse(shown).Value);
        Assert.Equal(scheme != "ssh", url.IsHttp);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData(null, "empty")]
    [InlineData("-oProxyCommand=x", "dash")]
    [InlineData("file:///etc/passwd", "scheme")]
    [InlineData("git://host/a", "scheme")]
    [InlineData("ftp://host/a", "scheme")]
    [InlineData("ext::sh -c x", "white space")]
    [InlineData("ext::sh", "transport helper")]
    [InlineData("/srv/git/a", "local paths")]
    [InlineData("./a", "local paths")]
    [InlineData("host:path", "user@host:path")]
    [InlineData("C:\\a", "backslash")]
    [InlineData("https://host\\@evil/a", "backslash")]
    [InlineData("https://user:s3cret@host/a", "spec.auth.secret")]
    [InlineData("https://s3cret@host/a", "spec.auth.secret")]
    [InlineData("ssh://git:s3cret@host/a", "spec.auth.secret")]
    [InlineData("ssh://-oProxyCommand=s3cret@host/a", "user name")]
    [InlineData("ssh://-oProxyCommand/a", "no host")]
    [InlineData("git@-oProxyCommand:a", "no host")]
    [InlineData("git@host:-a", "dash")]
    [InlineData("https://host", "no repository")]
    [InlineData("https://host/", "no repository")]
    [InlineData("https:///a", "no host")]
    [InlineData("https://host:0/a", "no host")]
    [InlineData("https://host:99999/a", "no host")]
    [InlineData("https://host/a?b", "query")]
    [InlineData("https://host/a#b", "fragment")]
    [InlineData("https://host/a/../b", "segment")]
    [InlineData("https://host/a/%2e%2e/b", "segment")]
    [InlineData("https://host/a%2f..%2fb", "segment")]
    [InlineData("git@host:../b", "segment")]
    [InlineData("https://host/a\nb", "control character")]
    [InlineData("https://host/a%00b", "control character")]
    [InlineData("https://host/a%0ab", "control character")]
    [InlineData("https://host/\u202ea", "control character")]
    public void Anything_else_is_refused_with_what_to_do(string? text, string hint)
    {
        var failure = GitUrl.Parse(text).Failure!;
        Assert.Equal(Reasons.InvalidUrl, failure.Reason);
        Assert.Contains(hint, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_longest_URL_has_2048_characters()
    {
        var longest = "https://host/" + new string('a', 2048 - 13);
        Assert.True(GitUrl.Parse(longest).Succeeded);
        Assert.Contains("2049", GitUrl.Parse(longest + "a").Failure!.Message, StringComparison.Ordinal);
    }
}

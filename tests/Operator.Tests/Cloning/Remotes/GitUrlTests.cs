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

    /// <summary>What stands for the host is the host, in all forms, or nothing is: ssh would ask DNS for all of it, and curl refuses it.</summary>
    [Theory]
    [InlineData("evil.com?x")]
    [InlineData("evil.com#x")]
    [InlineData("evil.com%3fx")]
    [InlineData("evil.com%2fx")]
    [InlineData("evil.com%23x")]
    [InlineData("evil.com%40good.com")]
    [InlineData("evil.com%00good.com")]
    [InlineData("%65vil.com")]
    [InlineData("evil.com\\x")]
    [InlineData("evil.com;x")]
    [InlineData("evil.com,good.com")]
    [InlineData("evil.com&x")]
    [InlineData("evil.com=x")]
    [InlineData("evil.com!x")]
    [InlineData("evil.com$x")]
    [InlineData("evil.com'x")]
    [InlineData("evil.com(x)")]
    [InlineData("evil.com*")]
    [InlineData("evil.com+x")]
    [InlineData("evil.com|x")]
    [InlineData("evil.com^x")]
    [InlineData("evil.com`x`")]
    [InlineData("evil.com<x>")]
    [InlineData("evil.com{x}")]
    [InlineData("evil.com\"x")]
    [InlineData("evil.com~x")]
    [InlineData("evil.com]")]
    [InlineData("[evil.com")]
    [InlineData("[evil.com]")]
    [InlineData("[evil.com:22]")]
    [InlineData("[::1]evil.com")]
    [InlineData("evil.com[::1]")]
    [InlineData("[::1]]")]
    [InlineData("[[::1]]")]
    [InlineData("[::1%25eth0]")]
    [InlineData("[v1.evil]")]
    [InlineData("evil.com\uff1fx")]
    [InlineData("evil.com\uff03x")]
    [InlineData("evil.com\uff0fx")]
    [InlineData("evil.com\uff20good.com")]
    [InlineData("evil.com\uff1a22")]
    [InlineData("evil.com\uff05x")]
    [InlineData("evil.com\u2100x")]
    [InlineData("evil..com")]
    [InlineData(".evil.com")]
    public void A_host_is_not_parsed_as_another(string host)
    {
        foreach (var text in new[] { $"git@{host}:path", $"ssh://git@{host}/path", $"ssh://{host}:22/path", $"https://{host}/path", $"http://{host}:80/path" })
        {
            Assert.Equal(Reasons.InvalidUrl, GitUrl.Parse(text).Failure?.Reason);
        }
    }

    [Theory]
    [InlineData("git@good.com@evil.com:path")]
    [InlineData("git@good.com:22@evil.com:path", "good.com")]
    [InlineData("git@good.com/@evil.com:path")]
    [InlineData("git@/evil.com:path")]
    [InlineData("ssh://git@good.com@evil.com/path")]
    [InlineData("ssh://good.com:22@evil.com/path")]
    [InlineData("ssh://git@evil.com:22x/path")]
    [InlineData("ssh://git@evil.com:-22/path")]
    [InlineData("ssh://git@evil.com:+22/path")]
    [InlineData("https://good.com@evil.com/path")]
    [InlineData("https://evil.com:80:90/path")]
    [InlineData("https://evil.com::/path")]
    [InlineData("https:evil.com/path")]
    [InlineData("https:/evil.com/path")]
    [InlineData("https:git@evil.com:path")]
    [InlineData("ssh:git@evil.com:path")]
    [InlineData("[git@evil.com:22]:path")]
    public void Where_it_leads_is_what_git_makes_of_it_or_nothing(string text, string? host = null) => Assert.Equal(host, GitUrl.Parse(text).Value?.Host);

    [Fact]
    public void The_longest_URL_has_2048_characters()
    {
        var longest = "https://host/" + new string('a', 2048 - 13);
        Assert.True(GitUrl.Parse(longest).Succeeded);
        Assert.Contains("2049", GitUrl.Parse(longest + "a").Failure!.Message, StringComparison.Ordinal);
    }
}

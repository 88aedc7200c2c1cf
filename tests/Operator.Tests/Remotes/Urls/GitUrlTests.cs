using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Remotes.Urls;

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

    public static TheoryData<GitUrlCase> Cases => [.. GitUrlCases.All];

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Each_is_kept_in_one_spelling_or_refused_with_what_to_do(GitUrlCase one)
    {
        var read = GitUrl.Parse(one.Url);
        Assert.Equal(one.Verdict == GitUrlVerdict.Taken, read.Succeeded);
        Assert.Equal(
            (one.Canonical, one.Identity),
            (read.Value?.ToString() ?? "", read.Value is { } url ? RepoIdentity.Of(url).ToString() : "")
        );
        if (read.Failure is { } failure)
        {
            Assert.Equal(Reasons.InvalidUrl, failure.Reason);
            Assert.Contains(one.Why, failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("s3cret", failure.Message, StringComparison.Ordinal);
            Assert.Null(RepoIdentity.TryParse(one.Url));
        }
    }

    [Fact]
    public void What_is_kept_is_read_as_the_same_again() => Assert.All(GitUrlCases.Taken, one =>
        {
            var (url, again) = (GitUrl.Parse(one.Url).Value!, GitUrl.Parse(one.Canonical).Value!);
            Assert.Equal(
                (url.ToString(), url.Scheme, url.User, url.Host, url.Port, url.Path, url.Uri),
                (again.ToString(), again.Scheme, again.User, again.Host, again.Port, again.Path, again.Uri)
            );
            Assert.Equal(one.Identity, RepoIdentity.TryParse(one.Identity)?.ToString());
        });

    [Theory]
    [InlineData("https://git.example.com/a", null)]
    [InlineData("https://joe%40example.com@git.example.com/a", "joe@example.com")]
    [InlineData("https://EXAMPLE%5Cjoe@git.example.com/a", "EXAMPLE\\joe")]
    [InlineData("https://j\u00f6@git.example.com/a", "j\u00f6")]
    [InlineData("ssh://git.example.com/a", "git")]
    [InlineData("git.example.com:a", "git")]
    [InlineData("ssh://joe@example.com@git.example.com:2022/a", "joe@example.com")]
    [InlineData("joe%40example.com@git.example.com:a", "joe%40example.com")]
    public void The_user_is_read_as_git_reads_it(string text, string? user)
    {
        var url = GitUrl.Parse(text).Value!;
        Assert.Equal(user, url.User);
        Assert.Equal("", url.Uri?.UserInfo ?? "");
    }

    [Theory]
    [InlineData(null, "empty")]
    [InlineData("https://host:0/a", "no host")]
    [InlineData("https://host:99999/a", "no host")]
    [InlineData("https://host\\@evil/a", "backslash")]
    [InlineData("https://host/a\nb", "control character")]
    [InlineData("https://host/a%0ab", "control character")]
    public void Anything_else_is_refused_with_what_to_do(string? text, string hint)
    {
        var failure = GitUrl.Parse(text).Failure!;
        Assert.Equal(Reasons.InvalidUrl, failure.Reason);
        Assert.Contains(hint, failure.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// What stands for the host is the host, in all forms, or nothing is: ssh would ask DNS for all of it, and curl refuses it.
    /// </summary>
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
    [InlineData("[::1]evil.com")]
    [InlineData("evil.com[::1]")]
    [InlineData("[::1]]")]
    [InlineData("[[::1]]")]
    [InlineData("[::1%25eth0]")]
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
        foreach (
            var text in new[]
            {
                $"git@{host}:path",
                $"ssh://git@{host}/path",
                $"ssh://{host}:22/path",
                $"https://{host}/path",
                $"http://{host}:80/path",
            }
        )
        {
            Assert.Equal(Reasons.InvalidUrl, GitUrl.Parse(text).Failure?.Reason);
        }
    }

    [Theory]
    [InlineData("git@good.com@evil.com:path", "evil.com")]
    [InlineData("git@good.com:22@evil.com:path", "good.com")]
    [InlineData("git@good.com/@evil.com:path")]
    [InlineData("git@/evil.com:path")]
    [InlineData("ssh://git@good.com@evil.com/path", "evil.com")]
    [InlineData("ssh://good.com:22@evil.com/path")]
    [InlineData("ssh://git@evil.com:22x/path")]
    [InlineData("ssh://git@evil.com:-22/path")]
    [InlineData("ssh://git@evil.com:+22/path")]
    [InlineData("https://good.com@evil.com/path", "evil.com")]
    [InlineData("https://good.com%40@evil.com/path", "evil.com")]
    [InlineData("https://good.com%2f@evil.com/path")]
    [InlineData("https://git@good.com@evil.com/path")]
    [InlineData("https://[evil.com]/path")]
    [InlineData("ssh://[evil.com]/path")]
    [InlineData("git@[evil.com]:path", "evil.com")]
    [InlineData("https://evil.com:80:90/path")]
    [InlineData("https://evil.com::/path")]
    [InlineData("https:evil.com/path")]
    [InlineData("https:/evil.com/path")]
    [InlineData("https:git@evil.com:path")]
    [InlineData("ssh:git@evil.com:path")]
    [InlineData("[git@evil.com:22]:path", "evil.com")]
    [InlineData("good.com@[git@evil.com:22]:path")]
    public void Where_it_leads_is_what_git_makes_of_it_or_nothing(string text, string? host = null) =>
        Assert.Equal(host, GitUrl.Parse(text).Value?.Host);

    [Theory]
    [InlineData("https://host/team/a%20b.git", "/team/a%20b.git")]
    [InlineData("ssh://host/srv/a.git", "/srv/a.git")]
    [InlineData("ssh://host/a%20b", "/a b")]
    [InlineData("ssh://host/a?b#c", "/a?b#c")]
    [InlineData("ssh://host/~ann/a", "~ann/a")]
    [InlineData("ssh://host/~/a", "~/a")]
    [InlineData("ssh://host//~ann/a", "//~ann/a")]
    [InlineData("host:team/a.git", "team/a.git")]
    [InlineData("host:/srv/a.git", "/srv/a.git")]
    [InlineData("host:a%20b", "a%20b")]
    [InlineData("host:~ann/a", "~ann/a")]
    [InlineData("host:/~ann/a", "~ann/a")]
    public void The_path_is_what_the_server_s_git_gets_from_git(string text, string path) =>
        Assert.Equal(path, GitUrl.Parse(text).Value!.Path);

    [Fact]
    public void The_longest_name_of_a_host_has_253_characters()
    {
        var label = new string('a', 63);
        var longest = $"{label}.{label}.{label}.{new string('a', 61)}";
        Assert.All([longest, longest + "."], host => Assert.Equal(host, GitUrl.Parse($"https://{host}/a").Value?.Host));
        Assert.Equal(Reasons.InvalidUrl, GitUrl.Parse($"https://{longest}a/a").Failure?.Reason);
    }

    [Fact]
    public void What_has_more_than_2048_characters_once_it_is_encoded_is_refused()
    {
        Assert.Contains(
            "once encoded",
            GitUrl.Parse("https://host/" + new string('\u00e9', 1000)).Failure?.Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "once encoded",
            GitUrl.Parse("ssh://host/" + new string('\u00e9', 1000)).Failure?.Message,
            StringComparison.Ordinal
        );
        Assert.True(GitUrl.Parse("https://host/" + new string('\u00e9', 300)).Succeeded);
    }

    [Fact]
    public void The_longest_URL_has_2048_characters()
    {
        var longest = "https://host/" + new string('a', 2048 - 13);
        Assert.True(GitUrl.Parse(longest).Succeeded);
        Assert.Contains("2049", GitUrl.Parse(longest + "a").Failure!.Message, StringComparison.Ordinal);
    }
}

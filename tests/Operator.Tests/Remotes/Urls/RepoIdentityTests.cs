namespace CodeRepoOperator.Remotes.Urls;

public sealed class RepoIdentityTests
{
    [Theory]
    [InlineData("as it is", "https://git.example.com/team/hello", "https://git.example.com/team/hello")]
    [InlineData("with .git", "https://git.example.com/team/hello.git", "https://git.example.com/team/hello")]
    [InlineData("with a slash", "https://git.example.com/team/hello/", "https://git.example.com/team/hello")]
    [InlineData("with .git and slashes", "https://git.example.com/team/hello.git//", "https://git.example.com/team/hello")]
    [InlineData("host and scheme in capitals", "HTTPS://Git.Example.COM/team/hello", "https://git.example.com/team/hello")]
    [InlineData("its own port", "https://git.example.com:443/team/hello.git", "https://git.example.com/team/hello")]
    [InlineData("another port", "https://git.example.com:8443/team/hello.git", "https://git.example.com:8443/team/hello")]
    [InlineData("http", "http://git.example.com:80/team/hello.git", "http://git.example.com/team/hello")]
    [InlineData("the path's case stays", "https://git.example.com/Team/Hello.git", "https://git.example.com/Team/Hello")]
    [InlineData(".GIT is a name", "https://git.example.com/team/hello.GIT", "https://git.example.com/team/hello.GIT")]
    [InlineData("one .git goes, not two", "https://git.example.com/hello.git.git", "https://git.example.com/hello.git")]
    [InlineData("a directory .git", "https://git.example.com/hello/.git", "https://git.example.com/hello/.git")]
    [InlineData("scp-like", "git@git.example.com:team/hello.git", "ssh://git@git.example.com/team/hello")]
    [InlineData("scp-like, with a slash", "git@Git.example.com:/team/hello", "ssh://git@git.example.com/team/hello")]
    [InlineData(
        "scp-like, with slashes that look like a scheme's",
        "git@git.example.com://team/hello",
        "ssh://git@git.example.com/team/hello"
    )]
    [InlineData("ssh", "ssh://git@git.example.com:22/team/hello.git", "ssh://git@git.example.com/team/hello")]
    [InlineData("ssh on another port", "ssh://git@git.example.com:2222/team/hello.git", "ssh://git@git.example.com:2222/team/hello")]
    [InlineData("scp-like, IPv6", "git@[2001:DB8::1]:hello.git", "ssh://git@[2001:db8::1]/hello")]
    [InlineData("IPv6", "https://[2001:DB8::1]:443/hello.git", "https://[2001:db8::1]/hello")]
    [InlineData("an @ in the path", "https://git.example.com/@team/hello.git", "https://git.example.com/@team/hello")]
    [InlineData("a user over HTTP", "https://joe@git.example.com/team/hello.git", "https://git.example.com/team/hello")]
    [InlineData("nobody over SSH", "ssh://git.example.com/team/hello.git", "ssh://git@git.example.com/team/hello")]
    [InlineData("scp-like, nobody", "git.example.com:team/hello.git", "ssh://git@git.example.com/team/hello")]
    [InlineData("more encoded than must be", "https://git.example.com/%74eam/hell%6f%c3%a9", "https://git.example.com/team/hello%C3%A9")]
    [InlineData("letters beyond ASCII, over SSH", "git@git.example.com:caf\u00e9.git", "ssh://git@git.example.com/caf%C3%A9")]
    [InlineData("letters beyond ASCII", "https://git.example.com/caf\u00e9.git", "https://git.example.com/caf%C3%A9")]
    public void Spellings_of_one_repository_are_one(string what, string url, string canonical) =>
        Assert.Equal((what, canonical), (what, RepoIdentity.TryParse(url)?.ToString()));

    [Theory]
    [InlineData("schemes", "https://git.example.com/hello", "http://git.example.com/hello")]
    [InlineData("hosts", "https://git.example.com/hello", "https://git.example.org/hello")]
    [InlineData("ports", "https://git.example.com/hello", "https://git.example.com:8443/hello")]
    [InlineData("the case of the path", "https://git.example.com/hello", "https://git.example.com/Hello")]
    [InlineData("users", "ssh://git@git.example.com/hello", "ssh://other@git.example.com/hello")]
    [InlineData("ssh and https", "git@git.example.com:hello", "https://git.example.com/hello")]
    [InlineData("an encoded slash", "https://git.example.com/a/b", "https://git.example.com/a%2Fb")]
    [InlineData("what is not decoded in the form of scp", "git@git.example.com:a%20b", "ssh://git@git.example.com/a%20b")]
    [InlineData("longer names", "https://git.example.com/hello", "https://git.example.com/hello-world")]
    public void What_is_distinguished(string what, string one, string other)
    {
        Assert.NotNull(RepoIdentity.TryParse(one));
        Assert.True(RepoIdentity.TryParse(one) != RepoIdentity.TryParse(other), what);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("file:///srv/hello.git")]
    [InlineData("/srv/hello.git")]
    [InlineData("https://user:secret@git.example.com/hello.git")]
    [InlineData("https://git.example.com/../hello.git")]
    public void What_can_t_be_cloned_has_none(string? url) => Assert.Null(RepoIdentity.TryParse(url));
}

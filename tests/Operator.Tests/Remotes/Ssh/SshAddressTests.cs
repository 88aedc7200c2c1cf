using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Remotes.Ssh;

public sealed class SshAddressTests
{
    [Theory]
    [InlineData("git@git.example.com:team/hello.git", "git", "team/hello.git")]
    [InlineData("git@git.example.com:/srv/hello.git", "git", "/srv/hello.git")]
    [InlineData("git@git.example.com:~ann/hello.git", "git", "~ann/hello.git")]
    [InlineData("git@git.example.com:a%20b.git", "git", "a%20b.git")]
    [InlineData("git@git.example.com:a:b.git", "git", "a:b.git")]
    [InlineData("git@[2001:db8::1]:team/hello.git", "git", "team/hello.git")]
    [InlineData("ssh://deploy@git.example.com/srv/hello.git", "deploy", "/srv/hello.git")]
    [InlineData("ssh://deploy@git.example.com:2222/srv/hello.git", "deploy", "/srv/hello.git")]
    [InlineData("ssh://git.example.com/srv/hello.git", "git", "/srv/hello.git")]
    [InlineData("ssh://git@[2001:db8::1]:2222/srv/hello.git", "git", "/srv/hello.git")]
    [InlineData("ssh://git@git.example.com/~/hello.git", "git", "~/hello.git")]
    [InlineData("ssh://git@git.example.com/~ann/hello.git", "git", "~ann/hello.git")]
    [InlineData("ssh://git@git.example.com/srv/a%20b.git", "git", "/srv/a b.git")]
    [InlineData("ssh://git@git.example.com/srv/é.git", "git", "/srv/é.git")]
    [InlineData("ssh://git@git.example.com/srv/@x.git", "git", "/srv/@x.git")]
    public void An_address_is_read_as_git_reads_it(string url, string user, string path) =>
        Assert.Equal(new SshAddress(user, path), SshAddress.Of(GitUrl.Parse(url).Value!));

    [Theory]
    [InlineData("/srv/hello.git", "git-upload-pack '/srv/hello.git'")]
    [InlineData("~ann/hello.git", "git-upload-pack '~ann/hello.git'")]
    [InlineData("a b;$(reboot)`x`&\"", "git-upload-pack 'a b;$(reboot)`x`&\"'")]
    [InlineData("it's", @"git-upload-pack 'it'\''s'")]
    [InlineData("a!b", @"git-upload-pack 'a'\!'b'")]
    [InlineData("'; reboot #", @"git-upload-pack ''\''; reboot #'")]
    public void A_path_is_quoted_as_git_quotes_it(string path, string command) =>
        Assert.Equal(command, new SshAddress("git", path).Command);
}

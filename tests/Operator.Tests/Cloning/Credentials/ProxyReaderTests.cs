using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Cloning.Credentials;

public sealed class ProxyReaderTests
{
    private const string Https = "https://git.example.com/team/hello.git";
    private const string Ssh = "ssh://git@git.example.com/team/hello.git";

    [Theory]
    [InlineData("http://proxy.example.com:3128", "http://proxy.example.com:3128")]
    [InlineData("http://proxy.example.com:80", "http://proxy.example.com:80")]
    [InlineData("HTTP://Proxy.Example.com:3128/\n", "http://proxy.example.com:3128")]
    [InlineData("https://proxy.example.com:443", "https://proxy.example.com:443")]
    [InlineData("socks5://10.0.0.7:1080", "socks5://10.0.0.7:1080")]
    [InlineData("socks5h://proxy:1080", "socks5://proxy:1080")]
    [InlineData("http://[fd00::1]:3128", "http://[fd00::1]:3128")]
    public void An_address_is_scheme_host_and_port(string written, string expected)
    {
        foreach (var url in new[] { Https, Ssh })
        {
            var read = Read(url, ("proxyAddress", written));

            Assert.True(read.Succeeded, read.Failure?.Message);
            Assert.Equal(expected, read.Value.Proxy!.Address);
            Assert.Equal("the Secret hello", read.Value.Proxy.Source);
            Assert.Null(read.Value.Proxy.UserName);
        }
    }

    [Theory]
    [InlineData("proxy.example.com:3128")]
    [InlineData("proxy.example.com")]
    [InlineData("http://proxy.example.com")]
    [InlineData("http://proxy.example.com:0")]
    [InlineData("http://proxy.example.com:70000")]
    [InlineData("http://proxy.example.com:3128/path")]
    [InlineData("http://proxy.example.com:3128?query")]
    [InlineData("http://:3128")]
    [InlineData("http://s3cret host:3128")]
    [InlineData("http://proxy.example.com:3128\r\nX-Other: s3cret")]
    [InlineData("socks4://proxy.example.com:1080")]
    [InlineData("ftp://proxy.example.com:21")]
    [InlineData("file:///s3cret")]
    [InlineData("://")]
    public void What_is_no_address_is_refused_with_the_form_that_it_should_have(string written)
    {
        var failure = Read(Https, ("proxyAddress", written)).Failure;

        Assert.Equal(Reasons.SecretNotFound, failure?.Reason);
        Assert.StartsWith("The Secret hello has no address of a proxy in proxyAddress: ", failure?.Message, StringComparison.Ordinal);
        Assert.Contains("http://HOST:PORT", failure?.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr", failure?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://robot:s3cret@proxy.example.com:3128")]
    [InlineData("socks5://s3cret@proxy.example.com:3128")]
    public void A_login_in_the_address_is_refused_with_the_keys_that_it_belongs_into(string written)
    {
        var failure = Read(Https, ("proxyAddress", written)).Failure;

        Assert.Contains("proxyAddress: put them into proxyUsername and proxyPassword", failure?.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr", failure?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no address", "", "robot", "s3cret", "lacks the key proxyAddress")]
    [InlineData("no address but a user", "", "robot", "", "lacks the key proxyAddress")]
    [InlineData("no password", "http://proxy:3128", "robot", "", "lacks the key proxyPassword")]
    [InlineData("no user", "http://proxy:3128", "", "s3cret", "lacks the key proxyUsername")]
    [InlineData("a colon", "http://proxy:3128", "s3cret:b", "s3cret", "in proxyUsername")]
    [InlineData("two lines", "http://proxy:3128", "robot", "s3cret\nx", "in proxyPassword")]
    [InlineData("two lines, SOCKS", "socks5://proxy:3128", "s3cret\nx", "s3cret", "in proxyUsername")]
    [InlineData("a colon, SOCKS", "socks5://proxy:3128", "s3cret:b", "s3cret", null)]
    [InlineData("a colon in the password", "http://proxy:3128", "robot", "s3cret:é", null)]
    public void A_login_is_whole_or_it_is_said_what_is_missing(string what, string address, string user, string password, string? error)
    {
        var read = Read(
            Https,
            [
                .. new[] { ("proxyAddress", address), ("proxyUsername", user), ("proxyPassword", password) }.Where(key =>
                    key.Item2.Length > 0
                ),
            ]
        );

        Assert.Equal((what, error is null), (what, read.Succeeded));
        Assert.Contains(error ?? "", read.Failure?.Message ?? "", StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr", $"{read.Failure?.Message} {read.Value} {read.Value?.Proxy}", StringComparison.Ordinal);
        Assert.Equal(error is null ? (user, password) : default, (read.Value?.Proxy?.UserName, read.Value?.Proxy?.Password));
    }

    [Fact]
    public void SOCKS_has_room_for_so_many_bytes()
    {
        Assert.True(Read(Https, WithPassword(new string('é', 127) + "a")).Succeeded);
        Assert.Contains(
            "more than 255 bytes in proxyPassword",
            Read(Https, WithPassword(new string('é', 128))).Failure?.Message,
            StringComparison.Ordinal
        );

        static (string, string)[] WithPassword(string password) =>
            [("proxyAddress", "socks5://proxy:1080"), ("proxyUsername", "robot"), ("proxyPassword", password)];
    }

    [Fact]
    public void What_else_the_Secret_has_is_read_as_without_it()
    {
        var read = Read(Https, ("proxyAddress", "http://proxy:3128"), ("username", "robot"), ("password", "s3cret")).Value!;
        Assert.Equal(new HttpLogin("robot", "s3cret"), read.Http);
        Assert.NotNull(read.Proxy);

        var half = Read(Https, ("proxyAddress", "http://proxy:3128"), ("username", "robot")).Failure;
        Assert.Contains("lacks the key password", half?.Message, StringComparison.Ordinal);
        var other = Read(Ssh, ("proxyAddress", "http://proxy:3128"), ("bearerToken", "s3cret")).Failure;
        Assert.Contains("holds keys for HTTP, and the URL is ssh", other?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_of_a_proxy_is_one_of_the_secrets()
    {
        var read = Read(Https, ("proxyAddress", "http://proxy:3128"), ("proxyUsername", "robot"), ("proxyPassword", "s3cret")).Value!;

        Assert.Contains("s3cret", read.Secrets);
        Assert.Contains(Convert.ToBase64String("robot:s3cret"u8), read.Secrets);
    }

    private static Attempt<GitCredentials> Read(string url, params (string Key, string Value)[] keys) =>
        CredentialsReader.Read(
            new SecretContents("the Secret hello", keys.ToDictionary(key => key.Key, key => Encoding.UTF8.GetBytes(key.Value))),
            GitUrl.Parse(url).Value!
        );
}

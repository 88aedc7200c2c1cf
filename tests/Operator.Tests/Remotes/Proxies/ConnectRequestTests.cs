using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Proxies;

public sealed class ConnectRequestTests
{
    private static readonly RemoteProxy Proxy = new("http", "proxy.example.com", 3128) { Source = "the Secret hello" };
    private static readonly RemoteProxy WithLogin = Proxy with { UserName = "robot", Password = "s3crét" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("git.example.com", "git.example.com:22")]
    [InlineData("10.0.0.1", "10.0.0.1:22")]
    [InlineData("fd00::1", "[fd00::1]:22")]
    public async Task The_proxy_is_asked_for_the_host_by_its_name(string host, string target)
    {
        await using var stream = new ScriptedStream("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());

        await ConnectRequest.SendAsync(stream, WithLogin, host, 22, Token);

        var lines = Encoding.ASCII.GetString(stream.Sent).Split("\r\n");
        Assert.Equal($"CONNECT {target} HTTP/1.1", lines[0]);
        Assert.Contains($"Host: {target}", lines);
        Assert.Contains($"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes("robot:s3crét"))}", lines);
        Assert.Equal(["", ""], lines[^2..]);
    }

    [Fact]
    public async Task Who_asks_is_said_by_those_only_who_have_a_login()
    {
        await using var stream = new ScriptedStream("HTTP/1.0 200 Connection established\r\n\r\n"u8.ToArray());

        await ConnectRequest.SendAsync(stream, Proxy, "git.example.com", 443, Token);

        Assert.DoesNotContain("Authorization", Encoding.ASCII.GetString(stream.Sent), StringComparison.Ordinal);
    }

    /// <summary>A server of SSH speaks first, perhaps in the same packet.</summary>
    [Fact]
    public async Task What_the_host_says_is_left_to_whoever_asked_for_it()
    {
        await using var stream = new ScriptedStream("HTTP/1.1 200 OK\r\nVia: 1.1 proxy\r\n\r\nSSH-2.0-x\r\n"u8.ToArray());

        await ConnectRequest.SendAsync(stream, Proxy, "git.example.com", 22, Token);

        Assert.Equal("SSH-2.0-x\r\n".Length, stream.Left);
    }

    [Theory]
    [InlineData(407, Reasons.AuthenticationFailed, "wants credentials: put proxyUsername and proxyPassword into the Secret hello")]
    [InlineData(401, Reasons.AuthenticationFailed, "wants credentials: put proxyUsername and proxyPassword into the Secret hello")]
    [InlineData(403, Reasons.Unreachable, "may not connect to git.example.com:443 (HTTP 403)")]
    [InlineData(502, Reasons.Unreachable, "has no connection to git.example.com:443 (HTTP 502)")]
    [InlineData(504, Reasons.Unreachable, "has no connection to git.example.com:443 (HTTP 504)")]
    [InlineData(405, Reasons.Unreachable, "allow CONNECT to that port")]
    [InlineData(501, Reasons.Unreachable, "allow CONNECT to that port")]
    [InlineData(302, Reasons.Unreachable, "allow CONNECT to that port")]
    public async Task What_the_proxy_refuses_is_its_fault_and_not_the_remotes(int status, string reason, string said)
    {
        var failure = await FailureAsync(Proxy, $"HTTP/1.1 {status} Whatever\r\n\r\n");

        Assert.Equal((reason, true), (failure.Reason, failure.IsOfProxy));
        Assert.StartsWith("The proxy http://proxy.example.com:3128 ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_that_is_refused_is_said_to_be_the_proxys_without_it()
    {
        var failure = await FailureAsync(WithLogin, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");

        Assert.Contains(
            "does not accept the proxyUsername and proxyPassword of the Secret hello",
            failure.Message,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("s3cr", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("robot", failure.Message, StringComparison.Ordinal);
        Assert.False(failure.RefusesCredentials);
        Assert.True(failure.Terminal);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/1.1 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 +12\r\n\r\n")]
    public async Task What_is_no_HTTP_proxy_is_said_to_be_none(string says)
    {
        var failure = await FailureAsync(Proxy, says);

        Assert.Equal((Reasons.Unreachable, true), (failure.Reason, failure.IsOfProxy));
        Assert.Contains("is no HTTP proxy: check proxyAddress of the Secret hello", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_goes_on_and_on_is_read_to_a_limit()
    {
        await using var stream = new ScriptedStream([.. "HTTP/1.1 200 OK\r\n"u8, .. Enumerable.Repeat((byte)'a', 1 << 20)]);

        await Assert.ThrowsAsync<RemoteFailureException>(() => ConnectRequest.SendAsync(stream, Proxy, "git.example.com", 443, Token));

        Assert.InRange(stream.Left, (1 << 20) - (16 << 10), 1 << 20);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nVia:")]
    public async Task One_that_ends_before_it_leads_on_is_an_end_of_the_stream(string says)
    {
        await using var stream = new ScriptedStream(Encoding.ASCII.GetBytes(says));

        await Assert.ThrowsAsync<EndOfStreamException>(() => ConnectRequest.SendAsync(stream, Proxy, "git.example.com", 443, Token));
    }

    private static async Task<CloneFailure> FailureAsync(RemoteProxy proxy, string says)
    {
        await using var stream = new ScriptedStream(Encoding.ASCII.GetBytes(says));
        var thrown = await Assert.ThrowsAsync<RemoteFailureException>(() =>
            ConnectRequest.SendAsync(stream, proxy, "git.example.com", 443, Token)
        );
        return thrown.Failure;
    }
}

using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Proxies;

public sealed class SocksRequestTests
{
    private static readonly RemoteProxy Proxy = new("socks5", "proxy.example.com", 1080) { Source = "the Secret hello" };
    private static readonly RemoteProxy WithLogin = Proxy with { UserName = "robot", Password = "s3cret" };

    private static readonly byte[] NoLogin = [5, 0];
    private static readonly byte[] Login = [5, 2];
    private static readonly byte[] Granted = [5, 0, 0, 1, 10, 0, 0, 1, 1, 2];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_name_is_the_proxys_to_resolve()
    {
        var sent = await SentAsync(Proxy, "git.example.com", [.. NoLogin, .. Granted]);

        Assert.Equal([5, 1, 0, 5, 1, 0, 3, 15, .. "git.example.com"u8, 0, 22], sent);
    }

    [Fact]
    public async Task An_address_goes_as_one()
    {
        Assert.Equal([5, 1, 0, 5, 1, 0, 1, 10, 0, 0, 7, 0, 22], await SentAsync(Proxy, "10.0.0.7", [.. NoLogin, .. Granted]));
        Assert.Equal(
            [5, 1, 0, 5, 1, 0, 4, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 22],
            await SentAsync(Proxy, "fd00::1", [.. NoLogin, .. Granted])
        );
    }

    [Fact]
    public async Task Who_asks_is_said_where_the_proxy_wants_to_know()
    {
        Assert.Equal(
            [5, 2, 0, 2, 1, 5, .. "robot"u8, 6, .. "s3cret"u8, 5, 1, 0, 3, 1, (byte)'a', 0, 22],
            await SentAsync(WithLogin, "a", [.. Login, 1, 0, .. Granted])
        );
        Assert.Equal([5, 2, 0, 2, 5, 1, 0, 3, 1, (byte)'a', 0, 22], await SentAsync(WithLogin, "a", [.. NoLogin, .. Granted]));
    }

    /// <summary>A server of SSH speaks first, perhaps in the same packet.</summary>
    [Theory]
    [InlineData(new byte[] { 1, 10, 0, 0, 1, 1, 2 })]
    [InlineData(new byte[] { 3, 2, 0x61, 0x62, 1, 2 })]
    [InlineData(new byte[] { 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2 })]
    public async Task What_the_host_says_is_left_to_whoever_asked_for_it(byte[] bound)
    {
        await using var stream = new ScriptedStream([.. NoLogin, 5, 0, 0, .. bound, .. "SSH"u8]);

        await SocksRequest.SendAsync(stream, Proxy, "git.example.com", 22, Token);

        Assert.Equal(3, stream.Left);
    }

    [Theory]
    [InlineData(1, "has no connection to git.example.com:22 (SOCKS error 1")]
    [InlineData(2, "may not connect to git.example.com:22 (SOCKS error 2")]
    [InlineData(3, "has no connection to git.example.com:22 (SOCKS error 3")]
    [InlineData(4, "has no connection to git.example.com:22 (SOCKS error 4")]
    [InlineData(5, "has no connection to git.example.com:22 (SOCKS error 5")]
    [InlineData(6, "has no connection to git.example.com:22 (SOCKS error 6")]
    [InlineData(7, "has no connection to git.example.com:22 (SOCKS error 7")]
    [InlineData(8, "has no connection to git.example.com:22 (SOCKS error 8")]
    [InlineData(200, "has no connection to git.example.com:22 (SOCKS error 200")]
    public async Task What_the_proxy_refuses_is_its_fault_and_not_the_remotes(byte reply, string said)
    {
        var failure = await FailureAsync(Proxy, [.. NoLogin, 5, reply, 0, 1]);

        Assert.Equal((Reasons.Unreachable, true), (failure.Reason, failure.IsOfProxy));
        Assert.StartsWith("The proxy socks5://proxy.example.com:1080 ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, new byte[] { 5, 0xff }, "wants credentials: put proxyUsername and proxyPassword into the Secret hello")]
    [InlineData(true, new byte[] { 5, 0xff }, "does not accept the proxyUsername and proxyPassword of the Secret hello")]
    [InlineData(true, new byte[] { 5, 2, 1, 1 }, "does not accept the proxyUsername and proxyPassword of the Secret hello")]
    public async Task A_login_that_is_refused_or_missing_is_said_to_be_the_proxys(bool withLogin, byte[] says, string said)
    {
        var failure = await FailureAsync(withLogin ? WithLogin : Proxy, says);

        Assert.Equal((Reasons.AuthenticationFailed, true), (failure.Reason, failure.IsOfProxy));
        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { (byte)'H', (byte)'T', (byte)'T', (byte)'P' })]
    [InlineData(new byte[] { 4, 0 })]
    [InlineData(new byte[] { 5, 2 })]
    [InlineData(new byte[] { 5, 1 })]
    [InlineData(new byte[] { 5, 0, 4, 0, 0, 1 })]
    [InlineData(new byte[] { 5, 0, 5, 0, 0, 9 })]
    public async Task What_is_no_SOCKS5_proxy_is_said_to_be_none(byte[] says) =>
        Assert.Contains(
            "is no SOCKS5 proxy: check proxyAddress of the Secret hello",
            (await FailureAsync(Proxy, says)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public async Task One_that_ends_before_it_leads_on_is_an_end_of_the_stream()
    {
        byte[] whole = [.. Login, 1, 0, .. Granted];
        for (var length = 0; length < whole.Length; length++)
        {
            await using var stream = new ScriptedStream(whole[..length]);
            await Assert.ThrowsAsync<EndOfStreamException>(() => SocksRequest.SendAsync(stream, WithLogin, "a", 22, Token));
        }
    }

    private static async Task<byte[]> SentAsync(RemoteProxy proxy, string host, byte[] says)
    {
        await using var stream = new ScriptedStream(says);
        await SocksRequest.SendAsync(stream, proxy, host, 22, Token);
        Assert.Equal(0, stream.Left);
        return stream.Sent;
    }

    private static async Task<CloneFailure> FailureAsync(RemoteProxy proxy, byte[] says)
    {
        await using var stream = new ScriptedStream(says);
        var thrown = await Assert.ThrowsAsync<RemoteFailureException>(() =>
            SocksRequest.SendAsync(stream, proxy, "git.example.com", 22, Token)
        );
        return thrown.Failure;
    }
}

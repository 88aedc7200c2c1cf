using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Ssh;

namespace CodeRepoOperator.Remotes.Proxies;

/// <summary>Remotes over SSH through a CodeRepo's own proxy: a real sshd behind real proxies.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
[Collection(nameof(SshRemotes))]
public sealed class ProxiedSshTests(SshRemote remote)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http", SshRemote.Version2)]
    [InlineData("http", SshRemote.Version0)]
    [InlineData("socks5", SshRemote.Version2)]
    [InlineData("socks5", SshRemote.Version0)]
    public async Task A_remote_is_polled_and_cloned_through_a_proxy_that_wants_a_login(string scheme, string version)
    {
        await using var proxy = await RealProxy.StartAsync(scheme, Token);
        var name = $"proxied-{scheme}-{version}.git".Replace(' ', '-');
        var project = await remote.ProjectAsync(name);

        // More than fits into what lies between: the end must come after it.
        await project.CommitAsync("large.bin", string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i * 2654435761u} ")));
        var commit = await project.CommitAsync("a.txt", "one");
        var (url, credentials, clone) = (
            remote.Url(version, name),
            remote.Credentials() with
            {
                Proxy = proxy.Proxy,
            },
            remote.NewDirectory()
        );

        var head = await remote.PollAsync(url, credentials);
        var tree = await remote.CloneAsync(url, clone, credentials: credentials);

        Assert.Equal(commit, head.Value?.Commit);
        Assert.True(tree.Succeeded, tree.Failure?.Message);
        await ClonedTree.SoundAsync(clone, commit);
        Assert.Equal(2, proxy.TimesTo(url.Authority));
        Assert.True((await remote.PollAsync(url)).Succeeded);
        Assert.Equal(2, proxy.TimesTo(url.Authority));
    }

    [Theory]
    [InlineData("http")]
    [InlineData("socks5")]
    public async Task What_a_proxy_refuses_is_said_to_be_its_own(string scheme)
    {
        await using var proxy = await RealProxy.StartAsync(scheme, Token);
        await (await remote.ProjectAsync($"refused-{scheme}.git")).CommitAsync("a.txt", "one");
        var (url, credentials) = (remote.Url(name: $"refused-{scheme}.git"), remote.Credentials());

        var wrong = await remote.PollAsync(url, credentials with { Proxy = proxy.Proxy with { Password = "another-s3cret" } });
        var down = await remote.PollAsync(url, credentials with { Proxy = proxy.Proxy with { Port = FreePort.Next() } });

        Assert.Equal((Reasons.AuthenticationFailed, true), (wrong.Failure!.Reason, wrong.Failure.IsOfProxy));
        Assert.Contains("proxyUsername and proxyPassword", wrong.Failure.Message, StringComparison.Ordinal);
        Assert.False(wrong.Failure.RefusesCredentials);
        Assert.Equal((Reasons.Unreachable, true), (down.Failure!.Reason, down.Failure.IsOfProxy));
        Assert.Contains("refused the connection", down.Failure.Message, StringComparison.Ordinal);

        // tinyproxy logs what it is asked for before it looks at who asks.
        Assert.Equal(scheme == "http" ? 1 : 0, proxy.TimesTo(url.Authority));
    }

    [Fact]
    public async Task The_host_key_is_judged_by_the_host_and_not_by_the_way()
    {
        await using var proxy = await RealProxy.StartAsync("socks5", Token);
        var url = remote.Url();
        var stranger = remote.Credentials(knownHosts: SshRemote.Line(url.Port, remote.Key("ed25519").Public));

        var failure = (await remote.PollAsync(url, stranger with { Proxy = proxy.Proxy })).Failure!;

        Assert.Equal((Reasons.HostKeyMismatch, false), (failure.Reason, failure.IsOfProxy));
        Assert.Equal(1, proxy.TimesTo(url.Authority));
    }

    [Fact]
    public async Task A_server_that_hangs_is_left_when_the_poll_is_cancelled()
    {
        await using var proxy = await RealProxy.StartAsync("socks5", Token);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var url = remote.Url(SshRemote.Silent);
        var polling = remote.PollAsync(url, remote.Credentials() with { Proxy = proxy.Proxy }, token: ended.Token);
        await Eventually.True(() => proxy.TimesTo(url.Authority) == 1, TimeSpan.FromSeconds(60), Token);

        await ended.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => polling.WaitAsync(TimeSpan.FromSeconds(10), Token));
    }
}

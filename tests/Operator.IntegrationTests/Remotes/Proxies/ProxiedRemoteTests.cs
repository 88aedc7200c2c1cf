using System.Net.Sockets;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;
using GitServer;

namespace CodeRepoOperator.Remotes.Proxies;

/// <summary>Remotes over HTTP through a CodeRepo's own proxy: of real ones, and one that leads names where only it knows.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class ProxiedRemoteTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http", true)]
    [InlineData("http", false)]
    [InlineData("socks5", true)]
    [InlineData("socks5", false)]
    public async Task A_remote_is_polled_and_cloned_through_a_proxy_that_wants_a_login(string scheme, bool tls)
    {
        using var certificate = TrustedCertificate.Create();
        await using var fixture = await StartAsync(tls ? certificate : null);
        await using var proxy = await RealProxy.StartAsync(scheme, Token);
        var commit = await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        var credentials = new GitCredentials { Proxy = proxy.Proxy };

        // One of the same URL that has none, before and after: its connections are its own.
        var direct = await PollAsync(fixture, new GitCredentials());
        Assert.Equal(0, proxy.TimesTo(TargetOf(fixture)));
        var head = await PollAsync(fixture, credentials);
        var polled = proxy.TimesTo(TargetOf(fixture));
        var clone = fixture.NewDirectory();
        var tree = await CloneAsync(fixture, credentials, clone);

        Assert.Equal((direct.Value!.Branch, direct.Value.Commit), (head.Value!.Branch, head.Value.Commit));
        Assert.True(tree.Succeeded, tree.Failure?.Message);
        Assert.Equal(commit, tree.Value.Commit);
        await ClonedTree.SoundAsync(clone, commit);
        Assert.True(polled > 0);
        Assert.True(proxy.TimesTo(TargetOf(fixture)) > polled);
        Assert.DoesNotContain(
            "127.0.0.1:" + proxy.Proxy.Port,
            await File.ReadAllTextAsync(Path.Combine(clone, ".git/config"), Token),
            StringComparison.Ordinal
        );
        var cloned = proxy.TimesTo(TargetOf(fixture));
        Assert.True((await PollAsync(fixture, new GitCredentials())).Succeeded);
        Assert.Equal(cloned, proxy.TimesTo(TargetOf(fixture)));
    }

    [Theory]
    [InlineData("http", true)]
    [InlineData("http", false)]
    [InlineData("socks5", true)]
    public async Task A_wrong_or_missing_login_is_said_to_be_the_proxys_and_nothing_reaches_the_remote(string scheme, bool tls)
    {
        using var certificate = TrustedCertificate.Create();
        await using var fixture = await StartAsync(tls ? certificate : null);
        await using var proxy = await RealProxy.StartAsync(scheme, Token);
        await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        var wrong = new GitCredentials { Proxy = proxy.Proxy with { Password = "another-s3cret" } };
        var missing = new GitCredentials { Proxy = proxy.Proxy with { UserName = null, Password = null } };

        CloneFailure?[] failures =
        [
            (await PollAsync(fixture, wrong)).Failure,
            (await CloneAsync(fixture, wrong, fixture.NewDirectory())).Failure,
            (await PollAsync(fixture, missing)).Failure,
        ];

        Assert.All(failures, failure => Assert.Equal((Reasons.AuthenticationFailed, true), (failure!.Reason, failure.IsOfProxy)));
        Assert.All(failures[..2], failure =>
            Assert.Contains("does not accept the proxyUsername and", failure!.Message, StringComparison.Ordinal)
        );
        Assert.Contains("put proxyUsername and proxyPassword into the Secret hello", failures[2]!.Message, StringComparison.Ordinal);
        Assert.All(failures, failure => Assert.DoesNotContain("s3cret", failure!.Message, StringComparison.Ordinal));
        Assert.Equal(0, fixture.Server.Requests);
    }

    [Theory]
    [InlineData("http", true)]
    [InlineData("http", false)]
    [InlineData("socks5", true)]
    public async Task One_that_is_down_is_said_to_be_it_and_nothing_reaches_the_remote(string scheme, bool tls)
    {
        using var certificate = TrustedCertificate.Create();
        await using var fixture = await StartAsync(tls ? certificate : null);
        await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        var down = new GitCredentials { Proxy = new RemoteProxy(scheme, "127.0.0.1", FreePort.Next()) };

        var polled = (await PollAsync(fixture, down)).Failure!;
        var cloned = (await CloneAsync(fixture, down, fixture.NewDirectory())).Failure!;

        Assert.Equal((Reasons.Unreachable, true), (polled.Reason, polled.IsOfProxy));
        Assert.Contains($"The proxy {down.Proxy.Address} refused the connection", polled.Message, StringComparison.Ordinal);
        Assert.Equal(polled, cloned);
        Assert.Equal(0, fixture.Server.Requests);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("socks5")]
    public async Task One_that_has_no_connection_to_the_remote_says_so(string scheme)
    {
        await using var fixture = await StartAsync(certificate: null);
        await using var proxy = await RealProxy.StartAsync(scheme, Token);
        var nobody = GitUrl.Parse($"https://127.0.0.1:{FreePort.Next()}/project.git").Value!;

        var failure = (await PollAsync(fixture, new GitCredentials { Proxy = proxy.Proxy }, nobody)).Failure!;

        Assert.Equal((Reasons.Unreachable, true), (failure.Reason, failure.IsOfProxy));
        Assert.Contains($"has no connection to {nobody.Authority}", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>It speaks TLS itself, and its certificate is judged as a remote's.</summary>
    [Theory]
    [InlineData("https", true)]
    [InlineData("https", false)]
    [InlineData("http", true)]
    [InlineData("http", false)]
    public async Task A_name_is_the_proxys_to_resolve(string scheme, bool tls)
    {
        using var certificate = TrustedCertificate.Create();
        await using var fixture = await StartAsync(tls ? certificate : null);
        var commit = await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        await using var proxy = new HttpProxy(fixture.Server.Address.Port, certificate: scheme == "https" ? certificate.Certificate : null);
        var url = GitUrl.Parse($"{(tls ? "https" : "http")}://git.example.test/project.git").Value!;
        var own = proxy.Proxy with { Authorities = certificate.Certificate.ExportCertificatePem() };

        var head = await PollAsync(fixture, new GitCredentials { Proxy = own }, url);
        var tree = await CloneAsync(fixture, new GitCredentials { Proxy = own }, fixture.NewDirectory(), url);

        Assert.True(head.Succeeded, head.Failure?.Message);
        Assert.Equal(commit, head.Value.Commit);
        Assert.True(tree.Succeeded, tree.Failure?.Message);
        if (scheme == "https" && !tls)
        {
            var unknown = (await PollAsync(fixture, new GitCredentials { Proxy = proxy.Proxy }, url)).Failure!;
            Assert.Equal((Reasons.Unreachable, true), (unknown.Reason, unknown.IsOfProxy));
            Assert.Contains("The certificate of 127.0.0.1 is not trusted", unknown.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    [InlineData("socks5")]
    public async Task What_responds_and_is_no_proxy_is_said_to_be_none(string scheme)
    {
        await using var fixture = await StartAsync(certificate: null);
        var url = GitUrl.Parse("https://git.example.test/project.git").Value!;

        // A git server is no proxy.
        var notOne = new GitCredentials { Proxy = new RemoteProxy(scheme, "127.0.0.1", fixture.Server.Address.Port) };
        var failure = (await PollAsync(fixture, notOne, url)).Failure!;

        Assert.Equal((Reasons.Unreachable, true), (failure.Reason, failure.IsOfProxy));
        Assert.Contains(notOne.Proxy.Address, failure.Message, StringComparison.Ordinal);
    }

    /// <summary>A tenant names it: it is no way to where a remote may not be.</summary>
    [Theory]
    [InlineData("127.0.0.1", null, "127.0.0.1, a loopback, link-local, metadata or otherwise special one")]
    [InlineData("169.254.169.254", null, "169.254.169.254, a loopback, link-local, metadata or otherwise special one")]
    [InlineData("localhost", null, "a loopback, link-local, metadata or otherwise special one")]
    [InlineData("10.1.2.3", "denied", "10.1.2.3, which Git:DeniedNetworks excludes")]
    [InlineData("proxy.example.com", "allowed", "The host proxy.example.com is not allowed here")]
    public async Task Where_a_remote_may_not_be_no_proxy_may_be(string host, string? setting, string said)
    {
        foreach (var scheme in new[] { "http", "socks5" })
        {
            var options = new GitOptions
            {
                DeniedNetworks = setting == "denied" ? ["10.0.0.0/8"] : [],
                AllowedHosts = setting == "allowed" ? ["git.example.com"] : [],
            };
            using var engine = new GitEngine(options);
            var credentials = new GitCredentials { Proxy = new RemoteProxy(scheme, host, 3128) { Source = "the Secret hello" } };

            var failure = (
                await engine.Remote.PollAsync(
                    GitUrl.Parse("https://git.example.com/hello.git").Value!,
                    new Revision.Head(),
                    credentials,
                    Token
                )
            ).Failure!;

            Assert.Equal((Reasons.HostNotAllowed, true), (failure.Reason, failure.IsOfProxy));
            Assert.StartsWith("proxyAddress of the Secret hello: ", failure.Message, StringComparison.Ordinal);
            Assert.Contains(said, failure.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Its name leads there, which is known once it is asked for.</summary>
    [Theory]
    [InlineData("http")]
    [InlineData("socks5")]
    public async Task Nor_may_it_be_where_its_name_leads_by_then(string scheme)
    {
        var options = new GitOptions();
        var policy = new HostPolicy(Microsoft.Extensions.Options.Options.Create(options));
        var proxy = new RemoteProxy(scheme, "proxy.example.com", 3128);
        var tunnel = new ProxyTunnel(proxy, options, policy, (_, _) => Task.FromResult(new[] { System.Net.IPAddress.Loopback }));

        foreach (var open in new[] { tunnel.ConnectAsync(Token), tunnel.OpenAsync("git.example.com", 443, Token) })
        {
            var failure = (await Assert.ThrowsAsync<RemoteFailureException>(() => open)).Failure;

            Assert.Equal((Reasons.HostNotAllowed, true), (failure.Reason, failure.IsOfProxy));
        }
    }

    /// <summary>What the operator itself reaches is not what a proxy is for.</summary>
    [Theory]
    [InlineData("https://127.0.0.1/hello.git")]
    [InlineData("https://localhost/hello.git")]
    [InlineData("https://169.254.169.254/hello.git")]
    public async Task A_special_address_that_the_URL_names_stays_refused(string url)
    {
        using var engine = new GitEngine(new GitOptions());
        var credentials = new GitCredentials { Proxy = new RemoteProxy("http", "proxy.example.com", 3128) };

        var failure = (await engine.Remote.PollAsync(GitUrl.Parse(url).Value!, new Revision.Head(), credentials, Token)).Failure!;

        Assert.Equal((Reasons.HostNotAllowed, false), (failure.Reason, failure.IsOfProxy));
    }

    [Fact]
    public async Task One_that_never_responds_is_left_after_the_time_for_a_connection()
    {
        await using var silent = new LoopbackListener(HoldAsync);
        var options = new GitOptions { PermittedNetworks = ["127.0.0.0/8"], ConnectTimeout = TimeSpan.FromMilliseconds(300) };
        using var engine = new GitEngine(options);
        foreach (var scheme in new[] { "http", "https", "socks5" })
        {
            var credentials = new GitCredentials { Proxy = new RemoteProxy(scheme, "127.0.0.1", silent.Port) };
            var url = GitUrl.Parse("https://git.example.test/hello.git").Value!;

            var failure = (await engine.Remote.PollAsync(url, new Revision.Head(), credentials, Token)).Failure!;

            Assert.Equal((Reasons.Unreachable, true), (failure.Reason, failure.IsOfProxy));
            Assert.Contains("did not lead on within Git:ConnectTimeout", failure.Message, StringComparison.Ordinal);
        }
    }

    private static async Task HoldAsync(TcpClient accepted, CancellationToken ended)
    {
        using var client = accepted;
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static Task<RemoteFixture> StartAsync(TrustedCertificate? certificate) =>
        RemoteFixture.StartAsync(new GitHttpServerOptions { Certificate = certificate?.Certificate }, certificate?.Options);

    private static string TargetOf(RemoteFixture fixture) => fixture.Url().Authority;

    private static Task<Attempt<RemoteHead>> PollAsync(RemoteFixture fixture, GitCredentials credentials, GitUrl? url = null) =>
        fixture.Remote.PollAsync(url ?? fixture.Url(), new Revision.Head(), credentials, Token);

    private static Task<Attempt<FetchedTree>> CloneAsync(
        RemoteFixture fixture,
        GitCredentials credentials,
        string directory,
        GitUrl? url = null
    ) =>
        fixture.Remote.CloneAsync(
            new CloneOrder(url ?? fixture.Url(), new RemoteHead("main", ""), 1, directory) { Credentials = credentials },
            Token
        );
}

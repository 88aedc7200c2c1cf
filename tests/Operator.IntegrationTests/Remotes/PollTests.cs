using System.Text;
using CodeRepoOperator.Cloning.Credentials;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;
using GitServer;

namespace CodeRepoOperator.Remotes;

public sealed class PollTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_default_branch_is_the_one_that_HEAD_names(bool oldProtocol)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await project.CommitAsync("a.txt", "one");
        var commit = await project.CommitAsync("b.txt", "two", "trunk/é");
        await GitCommand.RunAsync(project.Bare, "symbolic-ref", "HEAD", "refs/heads/trunk/é");
        fixture.Server.Fault = _ => new RequestFault { OldProtocol = oldProtocol };

        Assert.Equal(new RemoteHead("trunk/é", commit, IsDefault: true), (await fixture.PollAsync()).Value);
        Assert.Equal(new RemoteHead("trunk/é", commit, IsDefault: true), (await fixture.PollAsync("trunk/é")).Value);
        Assert.Equal(Reasons.BranchNotFound, (await fixture.PollAsync("trunk")).Failure?.Reason);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("main")]
    public async Task A_poll_transfers_the_wanted_ref_only(string? branch)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        var commit = await project.CommitAsync("a.txt", "one");
        await File.AppendAllLinesAsync(
            Path.Combine(project.Bare, "packed-refs"),
            Enumerable.Range(0, 500).Select(i => $"{commit} refs/heads/z{i:000}"),
            TestContext.Current.CancellationToken
        );

        Assert.Equal(new RemoteHead("main", commit, IsDefault: true), (await fixture.PollAsync(branch)).Value);
        Assert.InRange(fixture.Server.BytesSent, 1, 1_000);
    }

    [Fact]
    public async Task Credentials_do_not_follow_a_redirect_to_another_origin()
    {
        await using var other = await RemoteFixture.StartAsync(new GitHttpServerOptions { UserName = "robot", Password = "s3cret" });
        await (await other.ProjectAsync()).CommitAsync("a.txt", "one");
        await using var fixture = await RemoteFixture.StartAsync();
        fixture.Server.Fault = _ => new RequestFault
        {
            RedirectTo = new Uri(other.Server.Address, "/project.git/info/refs?service=git-upload-pack"),
        };
        var order = new CloneOrder(fixture.Url(), new RemoteHead("main", ""), 1, fixture.NewDirectory())
        {
            Credentials = new GitCredentials { Http = new HttpLogin("robot", "s3cret") },
        };

        // The other one would take them.
        var tree = await fixture.Remote.CloneAsync(order, TestContext.Current.CancellationToken);

        Assert.Equal(Reasons.AuthenticationFailed, tree.Failure?.Reason);
        Assert.Equal(1, other.Server.Requests);
    }

    /// <summary>As with git, whose credential helper has the last word about the name.</summary>
    [Theory]
    [InlineData("http://joe%40example.com@", null, "right", "joe@example.com", null)]
    [InlineData("http://joe%40example.com@", "robot", "right", "robot", null)]
    [InlineData(
        "http://joe%40example.com@",
        null,
        "s3cret",
        "joe@example.com",
        "does not accept the password of the Secret hello (HTTP 401)"
    )]
    public async Task The_user_of_the_URL_logs_in_with_the_password_of_the_Secret(
        string start,
        string? user,
        string password,
        string loggedIn,
        string? why
    )
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var commit = await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        fixture.Server.Login = _ => GitHttpServer.Basic(loggedIn, "right");
        var url = GitUrl.Parse(fixture.Server.UrlOf("project.git").Replace("http://", start, StringComparison.Ordinal)).Value!;
        var keys = new Dictionary<string, byte[]> { ["password"] = Encoding.UTF8.GetBytes(password) };
        if (user is not null)
        {
            keys["username"] = Encoding.UTF8.GetBytes(user);
        }

        var credentials = CredentialsReader.Read(new SecretContents("the Secret hello", keys), url).Value!;
        var clone = fixture.NewDirectory();

        var head = await fixture.Remote.PollAsync(url, new Revision.Head(), credentials, TestContext.Current.CancellationToken);
        var tree = await fixture.Remote.CloneAsync(
            new CloneOrder(url, new RemoteHead("main", ""), 1, clone) { Credentials = credentials },
            TestContext.Current.CancellationToken
        );

        Assert.Equal((why is null, why is null ? commit : null), (tree.Succeeded, head.Value?.Commit));
        Assert.All([head.Failure?.Message ?? "", tree.Failure?.Message ?? ""], message =>
            Assert.Contains(why ?? "", message, StringComparison.Ordinal)
        );
        Assert.DoesNotContain("s3cret", $"{head.Failure?.Message}{tree.Failure?.Message}", StringComparison.Ordinal);
        if (why is null)
        {
            // As git leaves it: whoever fetches there is asked for the password of the same user.
            Assert.Equal(url.ToString(), await GitCommand.RunAsync(clone, "config", "remote.origin.url"));
        }
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unreachable()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var url = fixture.Url();
        await fixture.Server.DisposeAsync();

        var refused = await fixture.Remote.PollAsync(url, new Revision.Head(), credentials: null, TestContext.Current.CancellationToken);
        Assert.Equal(Reasons.Unreachable, refused.Failure?.Reason);
        Assert.Contains("refused the connection", refused.Failure?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Loopback_is_refused_unless_named()
    {
        await using var fixture = await RemoteFixture.StartAsync(options: new GitOptions());
        var named = GitUrl.Parse($"http://localhost:{fixture.Server.Address.Port}/project.git").Value!;

        Assert.Equal(Reasons.HostNotAllowed, (await fixture.PollAsync()).Failure?.Reason);
        Assert.Equal(Reasons.HostNotAllowed, (await fixture.CloneAsync(fixture.NewDirectory())).Failure?.Reason);
        Assert.Equal(
            Reasons.HostNotAllowed,
            (await fixture.Remote.PollAsync(named, new Revision.Head(), credentials: null, TestContext.Current.CancellationToken))
                .Failure
                ?.Reason
        );
        Assert.Equal(0, fixture.Server.Requests);
    }

    [Theory]
    [InlineData("/project.git/info/refs?service=git-upload-pack", null)]
    [InlineData("/elsewhere", Reasons.Unsupported)]
    [InlineData("http://robot@127.0.0.1/project.git/info/refs?service=git-upload-pack", Reasons.Unreachable)]
    [InlineData("/moved.git/info/refs?service=git-upload-pack", Reasons.Unreachable)]
    [InlineData("http://169.254.169.254/x/info/refs?service=git-upload-pack", Reasons.HostNotAllowed)]
    [InlineData("ftp://127.0.0.1/x/info/refs?service=git-upload-pack", Reasons.Unreachable)]
    public async Task Redirects_are_followed_to_repositories_that_the_policy_allows(string target, string? reason)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        var commit = await project.CommitAsync("a.txt", "one");
        fixture.Server.Fault = request =>
            request.Path.StartsWithSegments("/moved.git", StringComparison.Ordinal)
                ? new RequestFault { RedirectTo = new Uri(fixture.Server.Address, target) }
                : null;

        var head = await fixture.Remote.PollAsync(
            fixture.Url("moved.git"),
            new Revision.Head(),
            credentials: null,
            TestContext.Current.CancellationToken
        );

        Assert.Equal(reason, head.Failure?.Reason);
        Assert.Equal(reason is null ? commit : null, head.Value?.Commit);
    }

    [Theory]
    [InlineData("localhost", null)]
    [InlineData("git.example.com", Reasons.HostNotAllowed)]
    public async Task A_redirect_to_another_host_is_followed_if_that_host_is_allowed(string allowed, string? reason)
    {
        var options = new GitOptions { PermittedNetworks = ["127.0.0.0/8"], AllowedHosts = ["127.0.0.1", allowed] };
        await using var fixture = await RemoteFixture.StartAsync(options: options);
        await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        fixture.Server.Fault = request =>
            request.Path.StartsWithSegments("/moved.git", StringComparison.Ordinal)
                ? new RequestFault
                {
                    RedirectTo = new Uri($"http://localhost:{fixture.Server.Address.Port}/project.git/info/refs?service=git-upload-pack"),
                }
                : null;
        var order = new CloneOrder(fixture.Url("moved.git"), new RemoteHead("main", ""), 1, fixture.NewDirectory());

        var head = await fixture.Remote.PollAsync(order.Url, new Revision.Head(), credentials: null, TestContext.Current.CancellationToken);
        var tree = await fixture.Remote.CloneAsync(order, TestContext.Current.CancellationToken);

        Assert.Equal((reason, reason), (head.Failure?.Reason, tree.Failure?.Reason));
    }

    /// <summary>Whoever wrote the redirect may have put a token anywhere in it, and what it leads to repeats all of it.</summary>
    [Theory]
    [InlineData("http://TOKEN@{0}/project.git/info/refs?service=git-upload-pack")]
    [InlineData("http://robot:TOKEN@{0}/project.git/info/refs?service=git-upload-pack")]
    [InlineData("/x/TOKEN/project.git/info/refs?service=git-upload-pack")]
    [InlineData("/x/ENCODED/project.git/info/refs?service=git-upload-pack")]
    [InlineData("/x;TOKEN/project.git/info/refs?service=git-upload-pack#TOKEN")]
    [InlineData("/project.git/info/refs?service=git-upload-pack&private_token=TOKEN")]
    [InlineData("/oauth/authorize?state=TOKEN")]
    [InlineData("/TOKEN")]
    [InlineData("http://{0}/TOKEN:99999/")]
    [InlineData("TOKEN:TOKEN")]
    public async Task A_token_in_a_redirect_is_not_shown(string location)
    {
        const string Token = "glpat7f3c2e9b51d04a68";
        await using var fixture = await RemoteFixture.StartAsync();
        var target = string.Format(System.Globalization.CultureInfo.InvariantCulture, location, fixture.Server.Address.Authority)
            .Replace("TOKEN", Token, StringComparison.Ordinal)
            .Replace("ENCODED", $"%67{Token[1..]}", StringComparison.Ordinal);
        foreach (var inProtocol in new[] { false, true })
        {
            fixture.Server.Fault = request =>
                request.Path.StartsWithSegments("/moved.git", StringComparison.Ordinal)
                    ? new RequestFault { RedirectTo = new Uri(target, UriKind.RelativeOrAbsolute) }
                : inProtocol
                    ? new RequestFault
                    {
                        Body = $"{$"ERR nothing at {target} or {request.Path}".Length + 4:x4}ERR nothing at {target} or {request.Path}",
                    }
                : new RequestFault { Status = 404, Text = $"There is nothing at {target}, which is {request.Path}." };
            var order = new CloneOrder(fixture.Url("moved.git"), new RemoteHead("main", ""), 1, fixture.NewDirectory());
            CloneFailure[] failures =
            [
                (
                    await fixture.Remote.PollAsync(order.Url, new Revision.Head(), credentials: null, TestContext.Current.CancellationToken)
                ).Failure!,
                (await fixture.Remote.CloneAsync(order, TestContext.Current.CancellationToken)).Failure!,
            ];

            Assert.DoesNotContain(
                Token,
                $"{string.Join('\n', failures.AsEnumerable())} {string.Join('\n', fixture.WorkerLog.Entries)}",
                StringComparison.OrdinalIgnoreCase
            );
        }
    }

    [Theory]
    [InlineData(5, null)]
    [InlineData(6, Reasons.Unreachable)]
    public async Task Five_redirects_are_followed_and_no_more(int redirects, string? reason)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        var left = redirects;
        fixture.Server.Fault = _ =>
            left-- > 0
                ? new RequestFault { RedirectTo = new Uri(fixture.Server.Address, "/project.git/info/refs?service=git-upload-pack") }
                : null;

        Assert.Equal(reason, (await fixture.PollAsync()).Failure?.Reason);
    }

    [Theory]
    [InlineData("https", null)]
    [InlineData("http", Reasons.Unreachable)]
    public async Task A_redirect_never_leads_from_TLS_to_plain_text(string scheme, string? reason)
    {
        using var trusted = TrustedCertificate.Create();
        await using var plain = await RemoteFixture.StartAsync();
        await (await plain.ProjectAsync()).CommitAsync("a.txt", "one");
        await using var fixture = await RemoteFixture.StartAsync(
            new GitHttpServerOptions { Certificate = trusted.Certificate },
            trusted.Options
        );
        await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        var target = new Uri(
            scheme == "http" ? plain.Server.Address : fixture.Server.Address,
            "/project.git/info/refs?service=git-upload-pack"
        );
        fixture.Server.Fault = request =>
            request.Path.StartsWithSegments("/moved.git", StringComparison.Ordinal) ? new RequestFault { RedirectTo = target } : null;

        var head = await fixture.Remote.PollAsync(
            fixture.Url("moved.git"),
            new Revision.Head(),
            credentials: null,
            TestContext.Current.CancellationToken
        );

        Assert.Equal(reason, head.Failure?.Reason);
        Assert.Equal(0, plain.Server.Requests);
    }

    [Fact]
    public async Task A_name_is_judged_by_the_addresses_that_are_connected_to()
    {
        // Every machine's own name has an address; all are denied here, as loopback is for a name that an attacker leads there.
        var options = new GitOptions { DeniedNetworks = ["0.0.0.0/0", "::/0"] };
        await using var fixture = await RemoteFixture.StartAsync(options: options);
        var url = GitUrl.Parse($"http://{System.Net.Dns.GetHostName()}:{fixture.Server.Address.Port}/project.git").Value!;
        Assert.Null(new HostPolicy(Microsoft.Extensions.Options.Options.Create(options)).Judge(url));

        var head = await fixture.Remote.PollAsync(url, new Revision.Head(), credentials: null, TestContext.Current.CancellationToken);
        var tree = await fixture.Remote.CloneAsync(
            new CloneOrder(url, new RemoteHead("main", ""), 1, fixture.NewDirectory()),
            TestContext.Current.CancellationToken
        );

        Assert.True(head.Failure?.Reason == Reasons.HostNotAllowed, head.Failure?.Message);
        Assert.True(tree.Failure?.Reason == Reasons.HostNotAllowed, tree.Failure?.Message);
        Assert.Equal(0, fixture.Server.Requests);
    }
}

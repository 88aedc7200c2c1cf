using System.Security.Cryptography;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.GitHub;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Http;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Worker;
using GitServer;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Cloning.Credentials;

/// <summary>
/// GitHub Apps: an imitation of GitHub's API (<see cref="GitHubApiServer"/>) that verifies what it gets, and git's own http-backend that
/// wants what was issued there.
/// </summary>
public sealed class GitHubAppTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly TrustedCertificate _certificate = TrustedCertificate.Create();
    private readonly GitOptions _options;
    private readonly HostPolicy _policy;
    private readonly GitHttp _http;
    private readonly GitHubAppTokens _tokens;
    private GitHubApiServer? _started;

    public GitHubAppTests()
    {
        _options = _certificate.Options;
        _policy = new HostPolicy(Options.Create(_options));
        _http = new GitHttp(_options, _policy, new System.Net.WebProxy());
        _tokens = new GitHubAppTokens(new GitHubApi(_http, _policy, _time), _time);
    }

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    private GitHubApiServer GitHub => _started!;

    private GitHubApp App => new(GitHubApiServer.AppId, GitHub.Key, GitHub.Address) { InstallationId = GitHubApiServer.Installation };

    /// <inheritdoc />
    public async ValueTask InitializeAsync() => _started = await GitHubApiServer.StartAsync(_certificate.Certificate, _time);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await GitHub.DisposeAsync();
        _http.Dispose();
        _certificate.Dispose();
    }

    [Fact]
    public async Task What_GitHub_issues_is_good_for_polls_and_clones()
    {
        await using var fixture = await RemoteFixture.StartAsync(
            new GitHttpServerOptions { Certificate = _certificate.Certificate },
            _options
        );
        fixture.Server.Login = _ => GitHttpServer.Basic("x-access-token", GitHub.Token ?? "none was issued");
        var commit = await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        Assert.Equal(Reasons.AuthenticationFailed, (await fixture.PollAsync()).Failure?.Reason);

        var given = (await LogInAsync(App)).Value!;

        Assert.Null(given.App);
        Assert.Equal(commit, (await fixture.Remote.PollAsync(fixture.Url(), new Revision.Head(), given, Ended)).Value?.Commit);
        var order = new CloneOrder(fixture.Url(), new RemoteHead("main", ""), 1, fixture.NewDirectory()) { Credentials = given };
        Assert.True((await fixture.Remote.CloneAsync(order, Ended)).Succeeded);

        GitHub.Revoke();
        var refused = (await fixture.Remote.PollAsync(fixture.Url(), new Revision.Head(), given, Ended)).Failure!;
        Assert.Contains("the GitHub App's token of the Secret app", refused.Message, StringComparison.Ordinal);
        _tokens.Forget(given.Http!);
        var again = (await LogInAsync(App)).Value!;
        Assert.Equal(commit, (await fixture.Remote.PollAsync(fixture.Url(), new Revision.Head(), again, Ended)).Value?.Commit);
    }

    [Fact]
    public async Task A_proxy_of_the_CodeRepo_leads_to_GitHub_as_well_and_one_that_fails_is_nobody_elses()
    {
        await using var proxy = await RealProxy.StartAsync("http", Ended);
        var target = new Uri(GitHub.Address).Authority;
        var down = proxy.Proxy with { Port = FreePort.Next() };
        var wrong = proxy.Proxy with { Password = "another" };

        Assert.True((await LogInByAsync(wrong)).Failure is { Reason: Reasons.AuthenticationFailed, IsOfProxy: true });
        Assert.True((await LogInByAsync(down)).Failure is { Reason: Reasons.Unreachable, IsOfProxy: true });
        Assert.Empty(GitHub.Requests);
        var before = proxy.TimesTo(target);
        Assert.True((await LogInByAsync(proxy.Proxy)).Succeeded);
        Assert.Equal(before + 1, proxy.TimesTo(target));
        Assert.True((await LogInAsync(App)).Succeeded);
        Assert.Equal(before + 1, proxy.TimesTo(target));

        Task<Attempt<GitCredentials>> LogInByAsync(RemoteProxy by) =>
            _tokens.LogInAsync(
                new GitCredentials
                {
                    App = App,
                    Source = "the Secret app",
                    Proxy = by,
                },
                App,
                Ended
            );
    }

    [Fact]
    public async Task Many_at_once_have_one_issued()
    {
        var held = new TaskCompletionSource();
        GitHub.Delay = held.Task;
        var all = Enumerable.Range(0, 50).Select(_ => LogInAsync(App)).ToList();
        await Eventually.SeeAsync(
            "a request",
            _ => Task.FromResult(GitHub.Requests.Count),
            seen => seen > 0,
            TimeSpan.FromSeconds(30),
            Ended
        );
        held.SetResult();

        var given = await Task.WhenAll(all);

        Assert.All(given, one => Assert.Equal(("x-access-token", GitHub.Token), (one.Value?.Http?.UserName, one.Value?.Http?.Secret)));
        Assert.Equal(["POST /api/v3/app/installations/678/access_tokens"], GitHub.Requests);
    }

    [Fact]
    public async Task It_is_kept_until_shortly_before_it_expires()
    {
        var first = await SecretAsync();
        _time.Advance(TimeSpan.FromMinutes(54));
        Assert.Equal(first, await SecretAsync());

        _time.Advance(TimeSpan.FromMinutes(2));

        Assert.NotEqual(first, await SecretAsync());
        Assert.Equal(2, GitHub.Requests.Count);
    }

    /// <summary>GitHub's clock says when it expires, and ours may be another.</summary>
    [Fact]
    public async Task How_long_it_is_good_is_by_the_clock_of_who_issued_it()
    {
        GitHub.Ahead = TimeSpan.FromSeconds(55);
        var first = await SecretAsync();
        _time.Advance(TimeSpan.FromMinutes(55) - TimeSpan.FromSeconds(10));
        Assert.Equal(first, await SecretAsync());
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.NotEqual(first, await SecretAsync());
    }

    [Fact]
    public async Task What_a_Secret_holds_now_counts_and_not_what_it_held()
    {
        var first = await SecretAsync();
        var other = (await LogInAsync(App with { PrivateKey = GitHub.Pkcs8Key })).Value!.Http!.Secret;
        Assert.NotEqual(first, other);

        var wrong = (await LogInAsync(App with { PrivateKey = NewKey() })).Failure!;
        Assert.Equal(Reasons.AuthenticationFailed, wrong.Reason);
        Assert.Contains("githubAppPrivateKey of the Secret app (HTTP 401)", wrong.Message, StringComparison.Ordinal);
        Assert.Equal(first, await SecretAsync());
    }

    [Theory]
    [InlineData("orgs/team", "GET /api/v3/orgs/team/installation")]
    [InlineData("users/team", "GET /api/v3/orgs/team/installation", "GET /api/v3/users/team/installation")]
    public async Task The_installation_of_an_owner_is_looked_up(string owner, params string[] lookedUp)
    {
        GitHub.Owner = owner;
        Assert.True((await LogInAsync(App with { InstallationId = null, Owner = "team" })).Succeeded);
        Assert.Equal([.. lookedUp, "POST /api/v3/app/installations/678/access_tokens"], GitHub.Requests);
    }

    [Fact]
    public async Task An_owner_without_the_App_is_reported()
    {
        var failure = (await LogInAsync(App with { InstallationId = null, Owner = "strangers" })).Failure!;
        Assert.Equal(Reasons.AuthenticationFailed, failure.Reason);
        Assert.Contains("The App 12345 is not installed for strangers", failure.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, int, string, string, string> Faults =>
        new()
        {
            {
                "an expiry",
                401,
                """{"message": "'Expiration time' claim ('exp') is too far in the future"}""",
                Reasons.AuthenticationFailed,
                "look at the clock"
            },
            {
                "a key of another App",
                401,
                """{"message": "A JSON web token could not be decoded"}""",
                Reasons.AuthenticationFailed,
                "githubAppID and githubAppPrivateKey of the Secret app"
            },
            { "suspended", 403, """{"message": "This installation has been suspended"}""", Reasons.AuthenticationFailed, "suspended" },
            {
                "no such installation",
                404,
                """{"message": "Not Found"}""",
                Reasons.AuthenticationFailed,
                "no installation 678 of the App 12345"
            },
            {
                "no permission",
                422,
                """{"message": "The permissions requested are not granted to this installation."}""",
                Reasons.AuthenticationFailed,
                "permission to read Contents"
            },
            { "a redirect", 302, "", Reasons.Unreachable, "githubAppBaseURL of the Secret app" },
            { "too many requests", 429, "", Reasons.RateLimited, "no more requests" },
            { "broken", 503, "", Reasons.Unreachable, "HTTP 503" },
            { "no JSON", 201, "<html>", Reasons.TransferFailed, "not what GitHub issues" },
            { "no token", 201, """{"expires_at": "2030-01-01T00:00:00Z"}""", Reasons.TransferFailed, "not what GitHub issues" },
            {
                "a token that is none",
                201,
                """{"token": "a\r\nb", "expires_at": "2030-01-01T00:00:00Z"}""",
                Reasons.TransferFailed,
                "not what GitHub issues"
            },
        };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task What_GitHub_refuses_is_reported_with_what_to_do(string what, int status, string body, string reason, string hint)
    {
        GitHub.Fault = (status, body);
        var failure = (await LogInAsync(App)).Failure!;
        Assert.Equal((what, reason), (what, failure.Reason));
        Assert.Contains(hint, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("eyJ", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE KEY", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-3600, "s ahead of GitHub's")]
    [InlineData(3600, "s behind GitHub's")]
    public async Task A_clock_that_is_wrong_is_said_to_be(int ahead, string hint)
    {
        GitHub.Ahead = TimeSpan.FromSeconds(ahead);
        var failure = (await LogInAsync(App)).Failure!;
        Assert.Equal(Reasons.AuthenticationFailed, failure.Reason);
        Assert.Contains(hint, failure.Message, StringComparison.Ordinal);
    }

    /// <summary>GitHub locks out, by the address, those who fail often.</summary>
    [Fact]
    public async Task An_App_that_is_refused_is_tried_a_few_times_a_minute_for_all_together()
    {
        GitHub.Fault = (401, "");
        for (var i = 0; i < 50; i++)
        {
            Assert.False((await LogInAsync(App)).Succeeded);
        }

        Assert.Single(GitHub.Requests);
        GitHub.Fault = null;
        _time.Advance(RefusedCredential.Pause);
        Assert.True((await LogInAsync(App)).Succeeded);
    }

    [Fact]
    public async Task What_is_broken_for_a_moment_is_tried_again_at_once()
    {
        GitHub.Fault = (503, "");
        Assert.False((await LogInAsync(App)).Succeeded);
        GitHub.Fault = null;
        Assert.True((await LogInAsync(App)).Succeeded);
    }

    [Fact]
    public async Task GitHub_is_under_the_rules_for_remotes()
    {
        var policy = new HostPolicy(Options.Create(new GitOptions { AllowedHosts = ["github.com"] }));
        var api = new GitHubApi(_http, policy, _time);
        var refused = await api.IssueTokenAsync(App, new GitCredentials { Source = "the Secret app" }, Ended);
        Assert.Equal(Reasons.HostNotAllowed, refused.Failure?.Reason);

        var plain = App with { Api = App.Api.Replace("https", "http", StringComparison.Ordinal) };
        var shown = await new GitHubApi(_http, _policy, _time).IssueTokenAsync(
            plain,
            new GitCredentials { Source = "the Secret app" },
            Ended
        );
        Assert.Equal(Reasons.HostNotAllowed, shown.Failure?.Reason);
        Assert.Contains("the GitHub App's token of the Secret app", shown.Failure?.Message, StringComparison.Ordinal);
        Assert.Empty(GitHub.Requests);
    }

    [Fact]
    public async Task Its_certificate_is_trusted_by_the_Secret_s_own_authorities_alone()
    {
        var options = new GitOptions { PermittedNetworks = ["127.0.0.0/8"] };
        var policy = new HostPolicy(Options.Create(options));
        using var http = new GitHttp(options, policy, new System.Net.WebProxy());
        var api = new GitHubApi(http, policy, _time);
        Assert.Equal(Reasons.Unreachable, (await api.IssueTokenAsync(App, new GitCredentials(), Ended)).Failure?.Reason);

        var own = new GitCredentials { Authorities = _certificate.Certificate.ExportCertificatePem() };
        Assert.True((await api.IssueTokenAsync(App, own, Ended)).Succeeded);
        Assert.Equal(Reasons.Unreachable, (await api.IssueTokenAsync(App, new GitCredentials(), Ended)).Failure?.Reason);
    }

    private static string NewKey()
    {
        using var key = RSA.Create(2048);
        return key.ExportRSAPrivateKeyPem();
    }

    private async Task<string> SecretAsync() => (await LogInAsync(App)).Value!.Http!.Secret;

    private Task<Attempt<GitCredentials>> LogInAsync(GitHubApp app) =>
        _tokens.LogInAsync(new GitCredentials { App = app, Source = "the Secret app" }, app, Ended);
}

using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Credentials;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using GitServer;
using k8s.Models;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>How many requests a remote gets from CodeRepos that want to know the same.</summary>
public sealed class RemoteHeadsTests : IAsyncLifetime
{
    /// <summary>Of one poll: what the remote can do, and where the ref is.</summary>
    private const int Requests = 2;

    private readonly FakeTimeProvider _time = new();
    private RemoteFixture? _fixture;
    private HostBudgets? _budgets;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    private RemoteFixture Fixture => _fixture!;

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        _fixture = await RemoteFixture.StartAsync();
        await (await Fixture.ProjectAsync()).CommitAsync("a.txt", "one");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _budgets?.Dispose();
        await Fixture.DisposeAsync();
    }

    [Fact]
    public async Task Polls_that_are_due_at_the_same_time_are_one()
    {
        var heads = Heads();
        var all = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(number => FindAsync(heads, Due(TimeSpan.FromMinutes(1)), $"uid-{number}"))
        );

        Assert.Single(all.Select(one => one.Value!.Head.Commit).Distinct());
        Assert.Equal(Requests, Fixture.Server.Requests);
    }

    [Fact]
    public async Task What_was_found_is_for_others_as_long_as_it_is_new_enough()
    {
        var heads = Heads();
        await FindAsync(heads, Due(TimeSpan.FromMinutes(1)));
        _time.Advance(TimeSpan.FromSeconds(59));
        await FindAsync(heads, Due(TimeSpan.FromMinutes(1)));
        Assert.Equal(Requests, Fixture.Server.Requests);

        await FindAsync(heads, Due(TimeSpan.FromSeconds(59)));
        Assert.Equal(2 * Requests, Fixture.Server.Requests);
    }

    [Fact]
    public async Task Who_was_pushed_to_gets_what_was_asked_after_the_push_and_all_of_one_push_ask_once()
    {
        var heads = Heads();
        var before = (await FindAsync(heads, Due(TimeSpan.FromMinutes(1)))).Value!;
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var commit = await (await Fixture.ProjectAsync("work.git")).CommitAsync("a.txt", "other");
        Assert.NotEqual(commit, before.Head.Commit);
        var pushed = new PollNeed(PollUrgency.Asked, _time.GetTimestamp());
        _time.Advance(TimeSpan.FromMilliseconds(1));

        await Task.WhenAll(Enumerable.Range(0, 50).Select(number => FindAsync(heads, pushed, $"uid-{number}")));
        await FindAsync(heads, pushed, "late");
        await FindAsync(heads, Due(TimeSpan.FromMinutes(1)));

        Assert.Equal(2 * Requests, Fixture.Server.Requests);
    }

    [Fact]
    public async Task Who_asks_now_gets_nothing_older()
    {
        var heads = Heads();
        for (var i = 0; i < 3; i++)
        {
            await FindAsync(heads, PollNeed.Now(_time));
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(3 * Requests, Fixture.Server.Requests);
    }

    [Fact]
    public async Task Others_get_nothing_that_was_found_with_credentials_that_they_do_not_have()
    {
        Fixture.Server.Login = _ => GitHttpServer.Basic("robot", "right");
        var heads = Heads();
        Assert.True((await FindAsync(heads, Due(TimeSpan.FromMinutes(1)), given: Login("right"))).Succeeded);
        Assert.True((await FindAsync(heads, Due(TimeSpan.FromMinutes(1)), given: Login("right"))).Succeeded);
        Assert.Equal(Requests, Fixture.Server.Requests);

        foreach (
            var given in new[] { GitCredentials.Anonymous, Login("wrong"), Login("right") with { Http = new HttpLogin("joe", "right") } }
        )
        {
            Assert.Equal(
                Reasons.AuthenticationFailed,
                (await FindAsync(heads, Due(TimeSpan.FromMinutes(1)), given: given)).Failure?.Reason
            );
        }
    }

    [Fact]
    public async Task Nor_what_was_found_by_a_proxy_that_they_do_not_have()
    {
        var heads = Heads();
        var proxy = new RemoteProxy("http", "127.0.0.1", FreePort.Next());
        Assert.True((await FindAsync(heads, Due(TimeSpan.FromMinutes(1)))).Succeeded);

        foreach (var other in new[] { proxy, proxy with { UserName = "robot", Password = "right" } })
        {
            var given = GitCredentials.Anonymous with { Proxy = other };
            Assert.True((await FindAsync(heads, Due(TimeSpan.FromMinutes(1)), given: given)).Failure?.IsOfProxy);
        }

        await using var way = new HttpProxy(Fixture.Server.Address.Port);
        var first = GitCredentials.Anonymous with { Proxy = way.Proxy };
        Assert.True((await FindAsync(heads, Due(TimeSpan.FromMinutes(1)), given: first)).Succeeded);
        Assert.Equal(2 * Requests, Fixture.Server.Requests);

        foreach (var other in new[] { first.Proxy with { UserName = "robot", Password = "a" }, first.Proxy with { Source = "another" } })
        {
            Assert.True((await FindAsync(heads, Due(TimeSpan.FromMinutes(1)), given: first with { Proxy = other })).Succeeded);
        }

        Assert.Equal(4 * Requests, Fixture.Server.Requests);
    }

    [Fact]
    public async Task A_failure_is_nobody_else_s_later()
    {
        var heads = Heads();
        Fixture.Server.Fault = _ => new RequestFault { Status = 503 };
        Assert.False((await FindAsync(heads, Due(TimeSpan.FromMinutes(1)))).Succeeded);
        Fixture.Server.Fault = _ => null;
        Assert.True((await FindAsync(heads, Due(TimeSpan.FromMinutes(1)))).Succeeded);
    }

    [Fact]
    public async Task A_request_that_hangs_costs_those_alone_who_wait_for_it()
    {
        var heads = Heads();
        Fixture.Server.Fault = _ => new RequestFault { HangBeforeResponse = true };
        using var hanging = CancellationTokenSource.CreateLinkedTokenSource(Ended);
        var first = FindAsync(heads, Due(TimeSpan.FromMinutes(1)), token: hanging.Token);
        await Eventually.SeeAsync(
            "it hangs",
            _ => Task.FromResult(Fixture.Server.Requests),
            seen => seen > 0,
            TimeSpan.FromSeconds(30),
            Ended
        );
        Fixture.Server.Fault = _ => null;
        _time.Advance(TimeSpan.FromSeconds(6));

        Assert.True((await FindAsync(heads, Due(TimeSpan.FromMinutes(1)))).Succeeded);

        Assert.False(first.IsCompleted);
        await hanging.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
    }

    [Fact]
    public async Task Without_a_budget_left_what_is_due_waits_and_what_was_asked_for_does_not()
    {
        var heads = Heads(new HostBudget { Host = "127.0.0.1", RequestsPerHour = 1 });
        Assert.True((await FindAsync(heads, Due(TimeSpan.Zero))).Succeeded);
        _time.Advance(TimeSpan.FromSeconds(1));

        var put = (await FindAsync(heads, Due(TimeSpan.Zero))).Failure!;
        Assert.True(put is { IsPutOff: true, Terminal: false, SaysNothingOfHost: true });
        Assert.Equal(Requests, Fixture.Server.Requests);

        // What another found needs none.
        Assert.True((await FindAsync(heads, Due(TimeSpan.FromMinutes(1)))).Succeeded);
        Assert.True((await FindAsync(heads, PollNeed.Now(_time))).Succeeded);
        Assert.True((await FindAsync(heads, PollNeed.Now(_time) with { Urgency = PollUrgency.Retry })).Succeeded);
        Assert.True((await FindAsync(heads, new PollNeed(PollUrgency.Asked, _time.GetTimestamp()))).Succeeded);
    }

    private RemoteHeads Heads(params HostBudget[] budgets)
    {
        _budgets = new HostBudgets(Options.Create(new GitOptions { HostBudgets = budgets }));
        var source = new CredentialSource(kubernetes: null!, new GitHubAppTokens(api: null!, _time), Options.Create(new GitOptions()));
        var refused = new RefusedCredentials(Options.Create(new StoreOptions()), _time);
        return new RemoteHeads(Fixture.Remote, source, refused, new HostShares(), _budgets, _time);
    }

    /// <summary>What is due may be as old as this.</summary>
    private PollNeed Due(TimeSpan age) => new(PollUrgency.Due, _time.GetTimestamp() - (long)(age.TotalSeconds * _time.TimestampFrequency));

    private static GitCredentials Login(string password) => new() { Http = new HttpLogin("robot", password), Source = "the Secret git" };

    private Task<Attempt<FoundHead>> FindAsync(
        RemoteHeads heads,
        PollNeed need,
        string uid = "uid",
        GitCredentials? given = null,
        CancellationToken? token = null
    )
    {
        var repo = new CodeRepo
        {
            Metadata = new V1ObjectMeta
            {
                Name = uid,
                NamespaceProperty = "team",
                Uid = uid,
            },
            Spec = new CodeRepoSpec { GitUrl = Fixture.Url().ToString() },
        };
        return heads.FindAsync(DesiredClone.Of(repo).Value!, given ?? GitCredentials.Anonymous, need, token ?? Ended);
    }
}

using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using CodeRepoOperator.Api;
using CodeRepoOperator.Entities;
using GitServer;
using k8s;
using k8s.Models;
using Microsoft.AspNetCore.Http;

namespace CodeRepoOperator.Cloning;

/// <summary>CodeRepos of one namespace and repository that come at the same moment: one goes first, the others are built on it.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class SharedTransferTests(KubeApiServer cluster)
{
    private const int Large = 2_000_000;

    /// <summary>What each may take beside the clone of the first: its polls, and a commit with a file.</summary>
    private const int Little = 20_000;

    private const int Count = 10;

    /// <summary>Far below the time-out of what hangs.</summary>
    private static readonly TimeSpan InTime = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("a branch each")]
    [InlineData("the same branch")]
    public async Task What_they_have_in_common_is_transferred_once(string what)
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var commits = await BranchesAsync(fixture, what == "the same branch" ? 1 : Count);
        using var first = new FirstTransfer(fixture.Server);
        var running = await fixture.StartReadyOperatorAsync();
        fixture.Server.ResetCounters();

        await CreateAsync(fixture, Count, number => commits[number % commits.Count].Branch);
        await SeeWaitingAsync(running, Count - 1);

        // Nor do they hold anything that others need.
        await Eventually.HoldsAsync(
            "only one is being made",
            async token =>
                first.Fetches == 1
                && await running.MetricAsync("coderepo_clones_in_progress", token) == 1
                && await running.MetricAsync("coderepo_workqueue_depth", token) == 0,
            InTime,
            Token
        );
        Assert.All(await fixture.ListAsync(), repo => Assert.Equal(Reasons.Cloning, repo.Status?.Reason));
        first.GoOn();

        await SeeReadyAsync(fixture, Count);
        Assert.InRange(fixture.Server.BytesSent, Large, Large + (Count * Little));
        for (var number = 0; number < Count; number++)
        {
            await fixture.SeeCloneAsync(commits[number % commits.Count].Commit, Name(number));
        }

        Assert.Equal(Count, await running.MetricAsync("coderepo_repos_cloned_total", Token));
    }

    [Fact]
    public async Task One_whose_branch_is_not_there_holds_up_nobody()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await fixture.StartReadyOperatorAsync();

        await CreateAsync(fixture, 3, number => number == 0 ? "nowhere" : "main");

        await SeeReadyAsync(fixture, 2);
        await fixture.SeeAsync("it is reported", repo => repo.Status?.Reason == Reasons.BranchNotFound, Name(0));
    }

    [Fact]
    public async Task When_the_first_one_fails_the_others_go_on_at_once()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        using var first = new FirstTransfer(fixture.Server)
        {
            Fault = new RequestFault { Status = StatusCodes.Status500InternalServerError },
        };
        var running = await fixture.StartReadyOperatorAsync();
        await CreateAsync(fixture, 4, _ => "main");
        await SeeWaitingAsync(running, 3);

        first.GoOn();

        await SeeReadyAsync(fixture, 4);
    }

    [Fact]
    public async Task When_the_first_one_is_deleted_the_others_go_on_and_who_asked_for_one_gets_it()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        using var first = new FirstTransfer(fixture.Server) { Fault = new RequestFault { HangBeforeResponse = true } };
        var running = await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        await Eventually.True(() => first.Fetches == 1, InTime, Token);
        first.GoOn();
        await CreateAsync(fixture, 3, _ => "main");
        await SeeWaitingAsync(running, 3);

        var token = await new EnsureCallers(cluster).MakeAsync(fixture.Namespace, "consumer");
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        Task<HttpResponseMessage> AskAsync(string wait) =>
            http.PostAsync(
                new Uri($"http://127.0.0.1:{running.ApiPort}/v1/namespaces/{fixture.Namespace}/coderepos/{Name(1)}/ensure?wait={wait}"),
                content: null,
                Token
            );
        await Eventually.HoldsAsync(
            "it is being made",
            async _ => (await AskAsync("0s")).StatusCode == HttpStatusCode.Accepted,
            InTime,
            Token
        );
        var response = AskAsync("2m");

        await fixture.DeleteAsync();

        await SeeReadyAsync(fixture, 3);
        Assert.Equal(HttpStatusCode.OK, (await response).StatusCode);
    }

    [Fact]
    public async Task One_that_hangs_holds_up_others_for_their_own_timeout_and_other_namespaces_not_at_all()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var other = await cluster.CreateNamespaceAsync(Token);
        using var first = new FirstTransfer(fixture.Server) { Fault = new RequestFault { HangBeforeResponse = true } };
        var running = await fixture.StartReadyOperatorAsync(("Operator__Namespaces__1", other));
        await fixture.CreateAsync();
        await Eventually.True(() => first.Fetches == 1, InTime, Token);
        first.GoOn();

        await CreateAsync(fixture, 3, _ => "main", "15s");
        await SeeWaitingAsync(running, 3);
        await cluster.Admin.CustomObjects.CreateNamespacedCustomObjectAsync<CodeRepo>(
            new CodeRepo
            {
                Metadata = new V1ObjectMeta { Name = "hello", NamespaceProperty = other },
                Spec = new CodeRepoSpec { GitUrl = fixture.Server.UrlOf("hello.git") },
            },
            CodeRepo.Group,
            CodeRepo.Version,
            other,
            CodeRepo.Plural,
            cancellationToken: Token
        );
        var clone = Path.Combine(fixture.Store, other, "hello");
        await Eventually.True(() => Directory.Exists(clone), InTime, Token);

        await SeeReadyAsync(fixture, 3, InTime);
        Assert.Equal(Reasons.Cloning, (await fixture.GetAsync()).Status?.Reason);
    }

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"repo-{number}");

    private static Task CreateAsync(CloneFixture fixture, int count, Func<int, string> branchOf, string timeout = "5m") =>
        Parallel.ForEachAsync(Enumerable.Range(0, count), Token, async (number, _) => await fixture.CreateAsync(repo =>
            {
                repo.Metadata.Name = Name(number);
                (repo.Spec.Branch, repo.Spec.Timeout) = (branchOf(number), timeout);
            }));

    private static Task SeeWaitingAsync(OperatorProcess running, int count) =>
        Eventually.True(
            () => running.Log.Split('\n').Count(line => line.Contains("waits for the first clone", StringComparison.Ordinal)) == count,
            InTime,
            Token
        );

    private static Task SeeReadyAsync(CloneFixture fixture, int count, TimeSpan? deadline = null) =>
        Eventually.HoldsAsync(
            $"{count} are ready",
            async _ =>
                (await fixture.ListAsync()).Count(repo => CloneFixture.Condition(repo, ConditionTypes.Ready)?.Status == "True") == count,
            deadline ?? InTime,
            Token
        );

    /// <summary>Branches with much that they have in common and can't be compressed, and a little of their own.</summary>
    private static async Task<IReadOnlyList<(string Branch, string Commit)>> BranchesAsync(CloneFixture fixture, int count)
    {
        await File.WriteAllBytesAsync(fixture.Project.Path("large.bin"), RandomNumberGenerator.GetBytes(Large), Token);
        await fixture.Project.GitAsync("add", "--all");
        var branches = new List<(string, string)>();
        for (var number = 0; number < count; number++)
        {
            var branch = string.Create(CultureInfo.InvariantCulture, $"topic-{number}");
            branches.Add((branch, await fixture.Project.CommitAsync($"{branch}.txt", branch, branch)));
        }

        return branches;
    }

    /// <summary>The first pack that a server is asked for: it is held up until the test has it go on, and then it may be lost.</summary>
    private sealed class FirstTransfer : IDisposable
    {
        private readonly ManualResetEventSlim _gate = new();
        private int _fetches;

        public FirstTransfer(GitHttpServer server) =>
            server.Fault = request =>
            {
                if (GitHttpServer.StageOf(request) != RequestStage.Fetch || Interlocked.Increment(ref _fetches) > 1)
                {
                    return null;
                }

                _gate.Wait(Token);
                return Fault;
            };

        /// <summary>What becomes of it; null: it is sent.</summary>
        public RequestFault? Fault { get; init; }

        /// <summary>How many packs were asked for.</summary>
        public int Fetches => Volatile.Read(ref _fetches);

        public void GoOn() => _gate.Set();

        public void Dispose()
        {
            _gate.Set();
            _gate.Dispose();
        }
    }
}

using System.Net;
using CodeRepoOperator.Api;
using CodeRepoOperator.Entities;
using GitServer;

namespace CodeRepoOperator.Cloning;

/// <summary>Who waits for whom when there is more to do than can be done at once.</summary>
[Trait("Category", "Slow")]
public sealed class FairnessTests(KubeApiServer cluster)
{
    /// <summary>A few times what it takes, and far below the spec.timeout of those that hang.</summary>
    private static readonly TimeSpan InTime = TimeSpan.FromSeconds(15);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, RequestStage, int> Hanging =>
        new()
        {
            { "a host that responds nothing", RequestStage.InfoRefs, 1 },
            { "a host that sends no packs", RequestStage.Fetch, 1 },
            { "three hosts that response nothing", RequestStage.InfoRefs, 3 },
        };

    [Theory]
    [MemberData(nameof(Hanging))]
    public async Task A_host_that_hangs_holds_up_nobody_else(string what, RequestStage stage, int hosts)
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var hanging = new List<GitHttpServer>();
        var root = Path.GetDirectoryName(fixture.Project.Bare)!;
        try
        {
            for (var host = 0; host < hosts; host++)
            {
                hanging.Add(await GitHttpServer.StartAsync(root));
                hanging[^1].Fault = _ => new RequestFault { At = stage, HangBeforeResponse = true };
            }

            var running = await fixture.StartReadyOperatorAsync();
            for (var number = 0; number < 24 * hosts; number++)
            {
                var (name, server) = ($"hanging-{number}", hanging[number % hosts]);

                // Of a repository each, for those of one wait for each other.
                Directory.CreateSymbolicLink(Path.Combine(root, $"{name}.git"), fixture.Project.Bare);
                await fixture.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.GitUrl) = (name, server.UrlOf($"{name}.git")));
            }

            await Eventually.HoldsAsync(
                $"{what}: as many as may are waiting for it",
                async token =>
                    await running.MetricAsync("coderepo_workqueue_depth", token) >= 12 * hosts
                    && await running.MetricAsync("coderepo_clones_in_progress", token) >= 1,
                CloneFixture.Soon,
                Token
            );

            await fixture.CreateAsync();
            await fixture.CreateAsync(repo => repo.Metadata.Name = "second");
            await Eventually.SeeAsync("a clone of another host", _ => fixture.GetAsync(), IsReady, InTime, Token);
            await Eventually.SeeAsync("and another one", _ => fixture.GetAsync("second"), IsReady, InTime, Token);

            await fixture.DeleteAsync("hanging-0");
            await fixture.DeleteAsync($"hanging-{(24 * hosts) - 1}");
            await Eventually.HoldsAsync(
                "a removal waits for no host",
                async _ => (await fixture.ListAsync()).Count == 24 * hosts,
                InTime,
                Token
            );
        }
        finally
        {
            foreach (var server in hanging)
            {
                await server.DisposeAsync();
            }
        }
    }

    [Theory]
    [InlineData("who annotated it")]
    [InlineData("a caller of the API")]
    public async Task A_clone_that_somebody_waits_for_goes_before_those_that_came_earlier(string who)
    {
        var isByApi = who == "a caller of the API";
        await using var fixture = await CloneFixture.StartAsync(cluster);
        using var gate = new ManualResetEventSlim();
        var order = new List<string>();
        fixture.Server.Fault = request =>
        {
            if (GitHttpServer.StageOf(request) == RequestStage.Fetch)
            {
                lock (order)
                {
                    order.Add(request.Path.Value!.Split('/')[1]);
                }

                gate.Wait(Token);
            }

            return null;
        };
        var root = Path.GetDirectoryName(fixture.Project.Bare)!;
        string[] names = ["first", "early-1", "early-2", "early-3", "late"];
        foreach (var name in names)
        {
            Directory.CreateSymbolicLink(Path.Combine(root, $"{name}.git"), fixture.Project.Bare);
        }

        var running = await fixture.StartReadyOperatorAsync(("Store__MaxConcurrentClones", "1"));
        foreach (var name in names)
        {
            await fixture.CreateAsync(repo =>
            {
                (repo.Metadata.Name, repo.Spec.GitUrl) = (name, fixture.Server.UrlOf($"{name}.git"));
                repo.Metadata.Annotations =
                    name == "late" && !isByApi ? new Dictionary<string, string> { [CodeRepo.RequestedAtAnnotation] = "now" } : null;
            });
            await fixture.SeeAsync(
                "it is being cloned or waits to be",
                repo => repo.Status?.Conditions is not null || name.StartsWith("early", StringComparison.Ordinal),
                name
            );

            // The first has the only place before others ask for it: its status says so a little earlier.
            await Eventually.True(() => order.Count == 1, CloneFixture.Soon, Token);
        }

        var response = isByApi ? await AskAsync(fixture, running, "late") : null;

        gate.Set();

        await Eventually.True(() => order.Count == names.Length, CloneFixture.Soon, Token);
        Assert.Equal(["first.git", "late.git"], order[..2]);
        Assert.Equal(0, await running.MetricAsync("coderepo_clone_failures_total{reason=\"Timeout\"}", Token));
        Assert.True(response is null || (await response).IsSuccessStatusCode);
    }

    /// <summary>Asks for a clone, and returns once the operator knows.</summary>
    /// <returns>The response to come.</returns>
    private async Task<Task<HttpResponseMessage>> AskAsync(CloneFixture fixture, OperatorProcess running, string name)
    {
        var token = await new EnsureCallers(cluster).MakeAsync(fixture.Namespace, "consumer");
        async Task<HttpResponseMessage> SendAsync(string wait)
        {
            using var http = new HttpClient();
            http.DefaultRequestHeaders.Authorization = new("Bearer", token);
            return await http.PostAsync(
                new Uri($"http://127.0.0.1:{running.ApiPort}/v1/namespaces/{fixture.Namespace}/coderepos/{name}/ensure?wait={wait}"),
                content: null,
                Token
            );
        }

        // Once the right is known, one that waits a second has been taken in after one that was sent before it.
        await Eventually.HoldsAsync(
            "the right counts",
            async _ => (await SendAsync("0s")).StatusCode == HttpStatusCode.Accepted,
            CloneFixture.Soon,
            Token
        );
        var response = SendAsync("1m");
        Assert.Equal(HttpStatusCode.Accepted, (await SendAsync("1s")).StatusCode);
        return response;
    }

    private static bool IsReady(CodeRepo repo) => CloneFixture.Condition(repo, ConditionTypes.Ready)?.Status == "True";
}

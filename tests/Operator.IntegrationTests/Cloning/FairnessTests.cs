using CodeRepoOperator.Entities;
using CodeRepoOperator.Machinery;
using GitServer;

namespace CodeRepoOperator.Cloning;

/// <summary>Who waits for whom when there is more to do than can be done at once.</summary>
public sealed class FairnessTests(KubeApiServer cluster)
{
    /// <summary>A few times what it takes, and far below the spec.timeout of those that hang.</summary>
    private static readonly TimeSpan InTime = TimeSpan.FromSeconds(15);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, RequestStage, int> Hanging => new()
    {
        { "a host that answers nothing", RequestStage.InfoRefs, 1 },
        { "a host that sends no packs", RequestStage.Fetch, 1 },
        { "three hosts that answer nothing", RequestStage.InfoRefs, 3 },
    };

    [Theory]
    [MemberData(nameof(Hanging))]
    public async Task A_host_that_hangs_holds_up_nobody_else(string what, RequestStage stage, int hosts)
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        var hanging = new List<GitHttpServer>();
        try
        {
            for (var host = 0; host < hosts; host++)
            {
                hanging.Add(await GitHttpServer.StartAsync(Path.GetDirectoryName(bench.Project.Bare)!));
                hanging[^1].Fault = _ => new RequestFault { At = stage, HangBeforeAnswer = true };
            }

            var running = await bench.StartReadyOperatorAsync();
            for (var number = 0; number < 24 * hosts; number++)
            {
                var (name, server) = ($"hanging-{number}", hanging[number % hosts]);
                await bench.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.GitUrl) = (name, server.UrlOf("hello.git")));
            }

            await Eventually.HoldsAsync(
                $"{what}: as many as may are waiting for it",
                async token => await running.MetricAsync("coderepo_workqueue_depth", token) >= 12 * hosts
                    && await running.MetricAsync("coderepo_clones_in_progress", token) >= 1,
                CloneBench.Soon,
                Token);

            await bench.CreateAsync();
            await bench.CreateAsync(repo => repo.Metadata.Name = "second");
            await Eventually.SeeAsync("a clone of another host", _ => bench.GetAsync(), IsReady, InTime, Token);
            await Eventually.SeeAsync("and another one", _ => bench.GetAsync("second"), IsReady, InTime, Token);

            await bench.DeleteAsync("hanging-0");
            await bench.DeleteAsync($"hanging-{(24 * hosts) - 1}");
            await Eventually.HoldsAsync(
                "a removal waits for no host", async _ => (await bench.ListAsync()).Count == 24 * hosts, InTime, Token);
        }
        finally
        {
            foreach (var server in hanging)
            {
                await server.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task A_clone_that_somebody_waits_for_goes_before_those_that_came_earlier()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        using var gate = new ManualResetEventSlim();
        var order = new List<string>();
        bench.Server.Fault = request =>
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
        var root = Path.GetDirectoryName(bench.Project.Bare)!;
        string[] names = ["first", "early-1", "early-2", "early-3", "late"];
        foreach (var name in names)
        {
            Directory.CreateSymbolicLink(Path.Combine(root, $"{name}.git"), bench.Project.Bare);
        }

        var running = await bench.StartReadyOperatorAsync(("Store__MaxConcurrentClones", "1"));
        foreach (var name in names)
        {
            await bench.CreateAsync(repo =>
            {
                (repo.Metadata.Name, repo.Spec.GitUrl) = (name, bench.Server.UrlOf($"{name}.git"));
                repo.Metadata.Annotations = name == "late" ? new Dictionary<string, string> { [CodeRepo.RequestedAtAnnotation] = "now" } : null;
            });
            await bench.SeeAsync("it is being cloned or waits to be", repo => repo.Status?.Conditions is not null || name.StartsWith("early", StringComparison.Ordinal), name);

            // The first has the only place before others ask for it: its status says so a little earlier.
            await Eventually.True(() => order.Count == 1, CloneBench.Soon, Token);
        }

        gate.Set();

        await Eventually.True(() => order.Count == names.Length, CloneBench.Soon, Token);
        Assert.Equal(["first.git", "late.git"], order[..2]);
        Assert.Equal(0, await running.MetricAsync("coderepo_clone_failures_total{reason=\"Timeout\"}", Token));
    }

    private static bool IsReady(CodeRepo repo) => CloneBench.Condition(repo, ConditionTypes.Ready)?.Status == "True";
}

using System.Net;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Machinery;
using k8s;

namespace CodeRepoOperator.Cloning;

/// <summary>Starts, stops, restarts and second operators; what volume it refuses.</summary>
public sealed class OperatorLifeTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_healthy_and_ready_and_ends_well_when_told_to()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        var running = await bench.StartReadyOperatorAsync();

        Assert.Equal(HttpStatusCode.OK, (await running.GetAsync("/healthz", Token)).Status);
        Assert.Equal(1, await running.MetricAsync("coderepo_store_lease_held", Token));
        Assert.Equal(0, await running.StopAsync(Token));
        Assert.Null(await LeaseHolderAsync(bench));
    }

    [Fact]
    public async Task A_restart_clones_nothing_and_writes_nothing()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        var first = await bench.StartReadyOperatorAsync();
        await bench.CreateAsync();
        var before = await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await Eventually.HoldsAsync("the event", async _ => (await bench.EventsAsync()).Count == 1, CloneBench.Soon, Token);
        await first.StopAsync(Token);
        bench.Server.ResetCounters();

        var second = await bench.StartReadyOperatorAsync();
        await Eventually.HoldsAsync(
            "it was reconciled", async token => await second.MetricAsync("coderepo_reconcile_total{result=\"success\"}", token) >= 1, CloneBench.Soon, Token);

        var after = await bench.GetAsync();
        Assert.Equal(before.Metadata.ResourceVersion, after.Metadata.ResourceVersion);
        Assert.Equal(0, bench.Server.Requests);
        Assert.Equal(0, await second.MetricAsync("coderepo_repos_cloned_total", Token));
    }

    [Fact]
    public async Task A_clone_lost_while_no_operator_ran_is_made_again_at_the_start()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        var first = await bench.StartReadyOperatorAsync();
        await bench.CreateAsync();
        await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await first.StopAsync(Token);
        Directory.Delete(bench.Store, recursive: true);
        Directory.CreateDirectory(bench.Store);

        var second = await bench.StartReadyOperatorAsync();

        await bench.SeeAsync("one re-clone", repo => repo.Status?.Reclones == 1);
        Assert.Equal(1, await second.MetricAsync("coderepo_repos_recloned_total{reason=\"FolderMissing\"}", Token));
    }

    [Fact]
    public async Task A_clone_cut_short_by_a_kill_leaves_nothing_behind()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        bench.Server.Fault = request => request.Method == "POST" ? new() { HangAfter = 100 } : null;
        var first = await bench.StartReadyOperatorAsync();
        await bench.CreateAsync();
        var staging = Path.Combine(bench.Store, ".coderepo", "tmp");
        await Eventually.True(() => Directory.GetDirectories(staging).Any(entry => !entry.Contains("probe", StringComparison.Ordinal)), CloneBench.Soon, Token);
        await first.KillAsync(Token);
        Assert.False(Directory.Exists(bench.Clone()));
        Directory.CreateDirectory(Path.Combine(staging, "of-a-CodeRepo-that-is-gone.1", ".git"));
        bench.Server.Fault = _ => null;

        await bench.StartReadyOperatorAsync();

        await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await Eventually.True(() => Directory.GetFileSystemEntries(staging).Length == 0, CloneBench.Soon, Token);
    }

    [Fact]
    public async Task A_clone_goes_on_while_the_API_server_is_away_and_is_published_once_it_is_back()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        using var gate = new ManualResetEventSlim();
        using var reached = new ManualResetEventSlim();
        bench.Server.Fault = request =>
        {
            if (request.Method == "POST" && request.Headers.ContentLength > 0 && bench.Server.Requests >= 3)
            {
                reached.Set();
                gate.Wait(Token);
            }

            return null;
        };
        var apiServer = new Uri((await KubernetesClientConfiguration.BuildConfigFromConfigFileAsync(new FileInfo(cluster.AdminKubeconfig))).Host).Port;
        var way = new HttpProxy(apiServer);
        var port = way.Port;
        var running = await bench.StartReadyOperatorAsync(("HTTPS_PROXY", way.Address));
        await bench.CreateAsync();
        await Eventually.True(() => reached.IsSet, CloneBench.Soon, Token);

        await way.DisposeAsync();
        await Eventually.True(() => running.Log.Contains("has run out", StringComparison.Ordinal), CloneBench.Soon, Token);
        Assert.Equal(0, await running.MetricAsync("coderepo_store_lease_held", Token));
        Assert.Equal(1, await running.MetricAsync("coderepo_clones_in_progress", Token));
        Assert.Equal(HttpStatusCode.OK, (await running.GetAsync("/healthz", Token)).Status);

        await using var back = new HttpProxy(apiServer, port);
        await Eventually.HoldsAsync(
            "the lease is held again", async token => await running.MetricAsync("coderepo_store_lease_held", token) == 1, CloneBench.Soon, Token);
        gate.Set();
        await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        Assert.Equal(0, await running.MetricAsync("coderepo_reconcile_total{result=\"superseded\"}", Token));
    }

    [Fact]
    public async Task A_volume_with_foreign_content_is_refused_untouched_and_taken_once_it_is_empty()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        var foreign = Path.Combine(bench.Store, "somebody-elses.txt");
        await File.WriteAllTextAsync(foreign, "data", Token);
        var running = await bench.StartOperatorAsync();
        await bench.CreateAsync();

        var repo = await bench.SeeConditionAsync(ConditionTypes.Ready, "False", Reasons.StoreUnavailable);
        Assert.Contains("is not empty", CloneBench.Condition(repo, ConditionTypes.Ready)!.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await running.GetAsync("/readyz", Token)).Status);
        Assert.Equal([foreign], Directory.GetFileSystemEntries(bench.Store));

        File.Delete(foreign);
        await running.WhenReadyAsync(Token);
        await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
    }

    private async Task<string?> LeaseHolderAsync(CloneBench bench) => (await cluster.Admin.CoordinationV1.ReadNamespacedLeaseAsync(
        KubeApiServer.OperatorClaim, bench.Home, cancellationToken: Token)).Spec.HolderIdentity;
}

using System.Net;
using CodeRepoOperator.Entities;
using k8s;

namespace CodeRepoOperator.Cloning;

/// <summary>Starts, stops, restarts and second operators; what volume it refuses.</summary>
[Trait("Category", "Slow")]
public sealed class OperatorLifeTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_healthy_and_ready_and_ends_well_when_reported_to()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await fixture.StartReadyOperatorAsync();

        Assert.Equal(HttpStatusCode.OK, (await running.GetAsync("/healthz", Token)).Status);
        Assert.Equal(1, await running.MetricAsync("coderepo_store_lease_held", Token));
        Assert.Equal(0, await running.StopAsync(Token));
        Assert.Null(await LeaseHolderAsync(fixture));
    }

    [Fact]
    public async Task A_restart_clones_nothing_and_writes_nothing()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var first = await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        var before = await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await Eventually.HoldsAsync("the event", async _ => (await fixture.EventsAsync()).Count == 1, CloneFixture.Soon, Token);
        await first.StopAsync(Token);
        fixture.Server.ResetCounters();

        var second = await fixture.StartReadyOperatorAsync();
        await Eventually.HoldsAsync(
            "it was reconciled",
            async token => await second.MetricAsync("coderepo_reconcile_total{result=\"success\"}", token) >= 1,
            CloneFixture.Soon,
            Token
        );

        var after = await fixture.GetAsync();
        Assert.Equal(before.Metadata.ResourceVersion, after.Metadata.ResourceVersion);
        Assert.Equal(0, fixture.Server.Requests);
        Assert.Equal(0, await second.MetricAsync("coderepo_repos_cloned_total", Token));
    }

    [Fact]
    public async Task A_clone_lost_while_no_operator_ran_is_made_again_at_the_start()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var first = await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await first.StopAsync(Token);
        Directory.Delete(fixture.Store, recursive: true);
        Directory.CreateDirectory(fixture.Store);

        var second = await fixture.StartReadyOperatorAsync();

        await fixture.SeeAsync("one re-clone", repo => repo.Status?.Reclones == 1);
        Assert.Equal(1, await second.MetricAsync("coderepo_repos_recloned_total{reason=\"FolderMissing\"}", Token));
    }

    [Fact]
    public async Task A_clone_cut_short_by_a_kill_leaves_nothing_behind()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        fixture.Server.Fault = request => request.Method == "POST" ? new() { HangAfter = 100 } : null;
        var first = await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        var staging = Path.Combine(fixture.Store, ".coderepo", "tmp");
        await Eventually.True(
            () => Directory.GetDirectories(staging).Any(entry => !entry.Contains("probe", StringComparison.Ordinal)),
            CloneFixture.Soon,
            Token
        );
        await first.KillAsync(Token);
        Assert.False(Directory.Exists(fixture.Clone()));
        Directory.CreateDirectory(Path.Combine(staging, "of-a-CodeRepo-that-is-gone.1", ".git"));
        fixture.Server.Fault = _ => null;

        await fixture.StartReadyOperatorAsync();

        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await Eventually.True(() => Directory.GetFileSystemEntries(staging).Length == 0, CloneFixture.Soon, Token);
    }

    [Fact]
    public async Task A_clone_goes_on_while_the_API_server_is_away_and_is_published_once_it_is_back()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        using var gate = new ManualResetEventSlim();
        using var reached = new ManualResetEventSlim();
        fixture.Server.Fault = request =>
        {
            if (request.Method == "POST" && request.Headers.ContentLength > 0 && fixture.Server.Requests >= 3)
            {
                reached.Set();
                gate.Wait(Token);
            }

            return null;
        };
        var apiServer = new Uri(
            (await KubernetesClientConfiguration.BuildConfigFromConfigFileAsync(new FileInfo(cluster.AdminKubeconfig))).Host
        ).Port;
        var way = new HttpProxy(apiServer);
        var port = way.Port;
        var running = await fixture.StartReadyOperatorAsync(("HTTPS_PROXY", way.Address));
        await fixture.CreateAsync();
        await Eventually.True(() => reached.IsSet, CloneFixture.Soon, Token);

        await way.DisposeAsync();
        await Eventually.True(() => running.Log.Contains("has run out", StringComparison.Ordinal), CloneFixture.Soon, Token);
        Assert.Equal(0, await running.MetricAsync("coderepo_store_lease_held", Token));
        Assert.Equal(1, await running.MetricAsync("coderepo_clones_in_progress", Token));
        Assert.Equal(HttpStatusCode.OK, (await running.GetAsync("/healthz", Token)).Status);

        await using var back = new HttpProxy(apiServer, port);
        await Eventually.HoldsAsync(
            "the lease is held again",
            async token => await running.MetricAsync("coderepo_store_lease_held", token) == 1,
            CloneFixture.Soon,
            Token
        );
        gate.Set();
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        Assert.Equal(0, await running.MetricAsync("coderepo_reconcile_total{result=\"superseded\"}", Token));
    }

    [Fact]
    public async Task A_volume_with_foreign_content_is_refused_untouched_and_taken_once_it_is_empty()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var foreign = Path.Combine(fixture.Store, "somebody-elses.txt");
        await File.WriteAllTextAsync(foreign, "data", Token);
        var running = await fixture.StartOperatorAsync();
        await fixture.CreateAsync();

        var repo = await fixture.SeeConditionAsync(ConditionTypes.Ready, "False", Reasons.StoreUnavailable);
        Assert.Contains("is not empty", CloneFixture.Condition(repo, ConditionTypes.Ready)!.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await running.GetAsync("/readyz", Token)).Status);
        Assert.Equal([foreign], Directory.GetFileSystemEntries(fixture.Store));

        File.Delete(foreign);
        await running.WhenReadyAsync(Token);
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
    }

    private async Task<string?> LeaseHolderAsync(CloneFixture fixture) =>
        (await cluster.Admin.CoordinationV1.ReadNamespacedLeaseAsync(KubeApiServer.OperatorClaim, fixture.Home, cancellationToken: Token))
            .Spec
            .HolderIdentity;
}

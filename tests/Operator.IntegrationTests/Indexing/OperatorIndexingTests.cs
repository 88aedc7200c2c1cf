using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Indexing;

/// <summary>The whole operator beside a database.</summary>
public sealed class OperatorIndexingTests(KubeApiServer cluster, PostgresServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_running_operator_resets_a_stuck_row_and_leaves_a_live_one()
    {
        await using var database = await IndexingFixture.CreateAsync(server);
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var stuck = await database.AddStuckAsync();
        var live = await database.AddAsync("now() - interval '1 hour'", "now()");
        await database.Database.RunAsync(
            "UPDATE repositories SET git_url = $2, branch = 'main' WHERE id = $1",
            Token,
            stuck,
            fixture.Server.UrlOf("hello.git") + "/"
        );
        await fixture.CreateAsync(repo => repo.Spec.Branch = "main");

        var running = await fixture.StartReadyOperatorAsync(
            ("Indexing__ConnectionFile", database.ConnectionFile),
            ("Indexing__SweepInterval", "00:00:01")
        );
        await Eventually.HoldsAsync(
            "the row is reset and counted",
            async token =>
                await running.MetricAsync("coderepo_indexing_rows_reset_total{target=\"repositories\",cause=\"silent\"}", token) == 1,
            CloneFixture.Soon,
            Token
        );

        var repo = await fixture.SeeAsync("the reset is reported", repo =>
            CloneFixture.Condition(repo, ConditionTypes.IndexingHealthy)?.Reason == Reasons.Reset
        );
        Assert.Equal(("error", 1), (repo.Status!.Indexing!.Status, repo.Status.Indexing.Resets));
        await Eventually.HoldsAsync(
            "an event says it",
            async _ => (await fixture.EventsAsync()).Contains(EventReasons.StuckIndexingReset),
            CloneFixture.Soon,
            Token
        );
        Assert.Equal(("error", "indexing"), (await database.StatusAsync(stuck), await database.StatusAsync(live)));
        Assert.Contains($"Reset 1 stuck rows of repositories", running.Log, StringComparison.Ordinal);
        Assert.Contains(stuck.ToString(), running.Log, StringComparison.Ordinal);
        Assert.Equal(0, await running.StopAsync(Token));
        Assert.DoesNotContain("Password", running.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_database_the_operator_runs_and_says_that_recovery_is_off()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);

        var running = await fixture.StartReadyOperatorAsync();

        Assert.Contains("Recovery of stuck indexing rows is off", running.Log, StringComparison.Ordinal);
        Assert.Equal(0, await running.MetricAsync("coderepo_indexing_degraded{target=\"repositories\"}", Token));
    }
}

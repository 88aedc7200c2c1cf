using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Machinery;
using CodeRepoOperator.Runtime.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>What a CodeRepo is told of its row, on a real API server.</summary>
public sealed class IndexingReporterTests(KubeApiServer cluster, PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_row_s_life_is_told_with_a_write_and_an_event_where_it_is_worth_one()
    {
        await using var bench = await RowsBench.StartAsync(cluster, postgres);
        await bench.AddAsync();
        var key = await bench.AddRowAsync(status: "indexing");
        await bench.SweepAsync();
        Assert.Equal("True/Indexing", await bench.ConditionAsync());
        var told = (await bench.GetAsync()).Status!.Indexing!;
        Assert.Equal(("indexing", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), 0), (told.Status, told.StartedAt, told.Resets));

        // The sweep resets it after the look; the CodeRepo is told how it is now.
        await bench.ThresholdsAsync();
        await bench.Database.RunAsync("UPDATE repositories SET status = 'error', indexing_resets = 1", Token);
        await bench.ReportAsync(SweepResult.Swept, null, new ResetRow(key, TimeSpan.FromMinutes(42), 1, IsExhausted: false));
        Assert.Equal("False/Reset", await bench.ConditionAsync());
        Assert.Equal(("error", 1), ((await bench.GetAsync()).Status!.Indexing!.Status, (await bench.GetAsync()).Status!.Indexing!.Resets));
        await bench.SweepAsync();

        await bench.Database.RunAsync("UPDATE repositories SET status = 'indexing'", Token);
        await bench.SweepAsync();
        Assert.Equal("True/Indexing", await bench.ConditionAsync());

        // By somebody else's sweep.
        await bench.Database.RunAsync("UPDATE repositories SET status = 'error', indexing_resets = 6", Token);
        await bench.SweepAsync();
        Assert.Equal("False/ResetsExhausted", await bench.ConditionAsync());

        await bench.Database.RunAsync("UPDATE repositories SET status = 'indexed', indexing_resets = 0", Token);
        await bench.SweepAsync();
        Assert.Equal("True/Idle", await bench.ConditionAsync());

        var events = await bench.EventsAsync();
        Assert.Equal(2, events.Count);
        Assert.StartsWith($"Warning StuckIndexingReset: Row {key} of repositories was left indexing by a job that died, and set to error, 1 of 5 times", events[0], StringComparison.Ordinal);
        Assert.EndsWith("Its last sign of life was 00:42:00 ago.", events[0], StringComparison.Ordinal);
        Assert.StartsWith($"Warning StuckIndexingGivenUp: Row {key} of repositories is given up", events[1], StringComparison.Ordinal);
        Assert.Equal(5 + 2, bench.Writes);
    }

    [Fact]
    public async Task Many_sweeps_at_rest_write_nothing()
    {
        await using var bench = await RowsBench.StartAsync(cluster, postgres);
        await bench.AddAsync();
        await bench.AddAsync("other");
        await bench.AddAsync("rowless", repo => repo.Spec.GitUrl = "https://git.example.com/rowless");
        await bench.AddRowAsync(status: "indexing", resets: 2);
        await bench.AddRowAsync(status: "error", resets: 3);
        await bench.SweepAsync();
        Assert.Equal(3, bench.Writes);
        bench.Way.Forget();

        for (var sweep = 0; sweep < 50; sweep++)
        {
            await bench.SweepAsync();
        }

        Assert.Empty(bench.Way.Requests);

        // A restart knows nothing but what the API server has.
        var restarted = new CodeRepoRows(bench.Informer, bench.Cache, bench.Reporter, bench.Settings, TimeProvider.System, bench.Log);
        await bench.ThresholdsAsync(restarted);
        await restarted.ReportAsync([new TargetSweep(bench.Target, SweepResult.Swept, [], null)], Token);
        Assert.Empty(bench.Way.Requests);
        Assert.Empty(await bench.EventsAsync());
    }

    [Fact]
    public async Task Controller_and_reporter_leave_each_other_s_part_of_the_status_alone()
    {
        await using var bench = await RowsBench.StartAsync(cluster, postgres);
        var repo = await bench.AddAsync();
        await bench.AddRowAsync(status: "indexing");

        await bench.PublishAsync(repo);
        await bench.SweepAsync();
        await bench.PublishAsync(repo);
        var both = await bench.GetAsync();
        Assert.Equal([ConditionTypes.CloneAvailable, ConditionTypes.IndexingHealthy], both.Status!.Conditions!.Select(condition => condition.Type).Order(StringComparer.Ordinal));
        Assert.Equal((new string('a', 40), "indexing"), (both.Status.Commit, both.Status.Indexing?.Status));

        var isOff = await bench.Reporter.TakeOffAsync(bench.Cache.Find(NamespacedName.Of(repo))!, Token);
        Assert.Equal("", string.Join("\n", bench.Refusals.Entries.Select(entry => entry.Text[50..])));
        Assert.True(isOff);
        var one = await bench.GetAsync();
        Assert.Equal(ConditionTypes.CloneAvailable, Assert.Single(one.Status!.Conditions!).Type);
        Assert.Equal((new string('a', 40), null), (one.Status.Commit, one.Status.Indexing));
    }

    [Fact]
    public async Task Where_no_database_is_configured_any_more_what_was_told_is_taken_off_once()
    {
        await using var bench = await RowsBench.StartAsync(cluster, postgres);
        await bench.AddAsync();
        await bench.AddAsync("without", repo => repo.Spec.GitUrl = "https://git.example.com/without");
        await bench.AddRowAsync(status: "indexing");
        await bench.SweepAsync();
        bench.Way.Forget();
        var settings = Options.Create(new IndexingOptions());
        await using var none = new IndexingDatabase(settings);
        for (var start = 0; start < 2; start++)
        {
            using var removal = new IndexingStatusRemoval(
                bench.Informer, bench.Cache, bench.Reporter, none, settings, TimeProvider.System, new RecordingLogger<IndexingStatusRemoval>());
            await removal.StartAsync(Token);
            await removal.ExecuteTask!.WaitAsync(RowsBench.Soon, Token);
        }

        Assert.Equal((2, 2), (bench.Way.Requests.Count, bench.Writes));
        Assert.Null(await bench.ConditionAsync());
        Assert.Null(await bench.ConditionAsync("without"));
        Assert.Null((await bench.GetAsync()).Status?.Indexing);
    }

    [Fact]
    public async Task A_database_that_is_away_is_told_after_two_rounds_in_the_same_words_and_once()
    {
        await using var bench = await RowsBench.StartAsync(cluster, postgres);
        await bench.AddAsync();
        await bench.AddRowAsync(status: "indexing");
        await bench.SweepAsync();

        await bench.ReportAsync(SweepResult.Failed, "connection refused on port 1");
        Assert.Equal("True/Indexing", await bench.ConditionAsync());
        await bench.SweepAsync();
        await bench.ReportAsync(SweepResult.Failed, "connection refused on port 2");
        Assert.Equal("True/Indexing", await bench.ConditionAsync());
        for (var round = 0; round < 5; round++)
        {
            await bench.ReportAsync(SweepResult.Failed, $"connection refused on port {round}");
        }

        Assert.Equal("Unknown/DatabaseUnavailable", await bench.ConditionAsync());
        Assert.Equal("indexing", (await bench.GetAsync()).Status!.Indexing!.Status);
        Assert.Equal(2, bench.Writes);
        await bench.SweepAsync();
        Assert.Equal("True/Indexing", await bench.ConditionAsync());
    }

    [Fact]
    public async Task What_is_missing_and_what_is_shared_and_what_is_cut_is_told()
    {
        await using var bench = await RowsBench.StartAsync(cluster, postgres);
        await bench.AddAsync(change: repo => repo.Spec.Indexing = new CodeRepoIndexing { Threshold = "1s" });
        await bench.AddRowAsync();
        await bench.SweepAsync(SweepResult.Degraded, "the column indexing_started_at is missing: run migrate.");
        Assert.Equal("Unknown/Degraded", await bench.ConditionAsync());
        Assert.StartsWith(
            "Recovery is limited in repositories: the column indexing_started_at is missing: run migrate.",
            CloneBench.Condition(await bench.GetAsync(), ConditionTypes.IndexingHealthy)!.Message,
            StringComparison.Ordinal);

        await bench.AddAsync("other", repo => repo.Spec.GitUrl = "https://GIT.example.com/team/hello");
        await bench.SweepAsync();
        Assert.Equal(["True/AmbiguousRow", "True/AmbiguousRow"], [await bench.ConditionAsync(), await bench.ConditionAsync("other")]);
        Assert.EndsWith("below the administrator's minimum: 5m counts.", CloneBench.Condition(await bench.GetAsync(), ConditionTypes.IndexingHealthy)!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_of_the_spec_is_seen_by_the_next_sweep()
    {
        await using var bench = await RowsBench.StartAsync(cluster, postgres);
        await bench.AddAsync();
        await bench.AddRowAsync();
        await bench.SweepAsync();

        await bench.PatchAsync(new { spec = new { branch = "dev" } });
        await bench.SweepAsync();

        Assert.Equal("Unknown/NoClone", await bench.ConditionAsync());
        var repo = await bench.GetAsync();
        Assert.Null(repo.Status!.Indexing);
        Assert.Equal(repo.Metadata.Generation, CloneBench.Condition(repo, ConditionTypes.IndexingHealthy)!.ObservedGeneration);
    }

    [Fact]
    public async Task Without_the_Lease_nothing_is_written()
    {
        await using var bench = await RowsBench.CreateAsync(cluster, postgres);
        await bench.Informer.StartAsync(Token);
        await bench.Informer.WhenSyncedAsync(Token);
        await bench.AddAsync();
        var key = await bench.AddRowAsync(status: "error", resets: 1);

        await bench.SweepAsync(reset: new ResetRow(key, TimeSpan.FromHours(1), 1, IsExhausted: false));

        Assert.Equal(0, bench.Writes);
    }

    [Fact]
    public async Task A_dry_run_resets_nothing_and_tells_nobody_that_it_did()
    {
        await using var bench = await RowsBench.StartAsync(cluster, postgres, file => new IndexingOptions { ConnectionFile = file, DryRun = true });
        await bench.AddAsync();
        var key = await bench.AddRowAsync(status: "indexing");

        await bench.SweepAsync(reset: new ResetRow(key, TimeSpan.FromHours(1), 1, IsExhausted: false));

        Assert.Equal("True/Indexing", await bench.ConditionAsync());
        Assert.Empty(await bench.EventsAsync());
    }

    [Fact]
    public async Task A_reset_is_told_though_the_API_server_hears_of_it_late()
    {
        await using var bench = await RowsBench.StartAsync(cluster, postgres);
        await bench.AddAsync();
        var key = await bench.AddRowAsync(status: "error", resets: 1);
        bench.Way.Before = request => request.StartsWith("PATCH", StringComparison.Ordinal) ? throw new HttpRequestException("cut") : Task.CompletedTask;
        await bench.SweepAsync(reset: new ResetRow(key, TimeSpan.FromHours(1), 1, IsExhausted: false));
        await bench.SweepAsync();
        Assert.Empty(await bench.EventsAsync());
        Assert.Single(bench.Log.Entries, entry => entry.Level == LogLevel.Warning);

        bench.Way.Before = _ => Task.CompletedTask;
        await bench.SweepAsync();
        await bench.SweepAsync();

        Assert.Equal("False/Reset", await bench.ConditionAsync());
        Assert.Single(await bench.EventsAsync());
    }
}

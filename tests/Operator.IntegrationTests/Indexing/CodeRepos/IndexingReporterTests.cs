using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>What a CodeRepo is reported of its row, on a real API server.</summary>
public sealed class IndexingReporterTests(KubeApiServer cluster, PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_row_s_life_is_reported_with_a_write_and_an_event_where_it_is_worth_one()
    {
        await using var fixture = await RowsFixture.StartAsync(cluster, postgres);
        await fixture.AddAsync();
        var key = await fixture.AddRowAsync(status: "indexing");
        await fixture.SweepAsync();
        Assert.Equal("True/Indexing", await fixture.ConditionAsync());
        var reported = (await fixture.GetAsync()).Status!.Indexing!;
        Assert.Equal(
            ("indexing", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), 0),
            (reported.Status, reported.StartedAt, reported.Resets)
        );

        // The sweep resets it after the look; the CodeRepo is reported how it is now.
        await fixture.ThresholdsAsync();
        await fixture.Database.RunAsync("UPDATE repositories SET status = 'error', indexing_resets = 1", Token);
        await fixture.ReportAsync(SweepOutcome.Swept, null, new SweptRow(key, TimeSpan.FromMinutes(42), 1, IsExhausted: false));
        Assert.Equal("False/Reset", await fixture.ConditionAsync());
        Assert.Equal(
            ("error", 1),
            ((await fixture.GetAsync()).Status!.Indexing!.Status, (await fixture.GetAsync()).Status!.Indexing!.Resets)
        );
        await fixture.SweepAsync();

        await fixture.Database.RunAsync("UPDATE repositories SET status = 'indexing'", Token);
        await fixture.SweepAsync();
        Assert.Equal("True/Indexing", await fixture.ConditionAsync());

        // By somebody else's sweep.
        await fixture.Database.RunAsync("UPDATE repositories SET status = 'error', indexing_resets = 6", Token);
        await fixture.SweepAsync();
        Assert.Equal("False/ResetsExhausted", await fixture.ConditionAsync());

        await fixture.Database.RunAsync("UPDATE repositories SET status = 'indexed', indexing_resets = 0", Token);
        await fixture.SweepAsync();
        Assert.Equal("True/Idle", await fixture.ConditionAsync());

        var events = await fixture.EventsAsync();
        Assert.Equal(2, events.Count);
        Assert.StartsWith(
            $"Warning StuckIndexingReset: Row {key} of repositories was left indexing by a job that died, and set to error, 1 of 5 times",
            events[0],
            StringComparison.Ordinal
        );
        Assert.EndsWith("Its last sign of life was 00:42:00 ago.", events[0], StringComparison.Ordinal);
        Assert.StartsWith($"Warning StuckIndexingGivenUp: Row {key} of repositories is given up", events[1], StringComparison.Ordinal);
        Assert.Equal(5 + 2, fixture.Writes);
    }

    [Fact]
    public async Task Many_sweeps_at_rest_write_nothing()
    {
        await using var fixture = await RowsFixture.StartAsync(cluster, postgres);
        await fixture.AddAsync();
        await fixture.AddAsync("other");
        await fixture.AddAsync("rowless", repo => repo.Spec.GitUrl = "https://git.example.com/rowless");
        await fixture.AddRowAsync(status: "indexing", resets: 2);
        await fixture.AddRowAsync(status: "error", resets: 3);
        await fixture.SweepAsync();
        Assert.Equal(3, fixture.Writes);
        fixture.Way.Forget();

        for (var sweep = 0; sweep < 50; sweep++)
        {
            await fixture.SweepAsync();
        }

        Assert.Empty(fixture.Way.Requests);

        // A restart knows nothing but what the API server has.
        var restarted = new WatchedCodeRepos(
            fixture.Informer,
            fixture.Cache,
            fixture.Reporter,
            fixture.Settings,
            TimeProvider.System,
            fixture.Log
        );
        await fixture.ThresholdsAsync(restarted);
        await restarted.ReportAsync([new SweepResult(fixture.Target, SweepOutcome.Swept, [], null)], Token);
        Assert.Empty(fixture.Way.Requests);
        Assert.Empty(await fixture.EventsAsync());
    }

    [Fact]
    public async Task Controller_and_reporter_leave_each_other_s_part_of_the_status_alone()
    {
        await using var fixture = await RowsFixture.StartAsync(cluster, postgres);
        var repo = await fixture.AddAsync();
        await fixture.AddRowAsync(status: "indexing");

        await fixture.PublishAsync(repo);
        await fixture.SweepAsync();
        await fixture.PublishAsync(repo);
        var both = await fixture.GetAsync();
        Assert.Equal(
            [ConditionTypes.CloneAvailable, ConditionTypes.IndexingHealthy],
            both.Status!.Conditions!.Select(condition => condition.Type).Order(StringComparer.Ordinal)
        );
        Assert.Equal((new string('a', 40), "indexing"), (both.Status.Commit, both.Status.Indexing?.Status));

        var isOff = await fixture.Reporter.TakeOffAsync(fixture.Cache.Find(NamespacedName.Of(repo))!, Token);
        Assert.Equal("", string.Join("\n", fixture.Refusals.Entries.Select(entry => entry.Text[50..])));
        Assert.True(isOff);
        var one = await fixture.GetAsync();
        Assert.Equal(ConditionTypes.CloneAvailable, Assert.Single(one.Status!.Conditions!).Type);
        Assert.Equal((new string('a', 40), null), (one.Status.Commit, one.Status.Indexing));
    }

    [Fact]
    public async Task Where_no_database_is_configured_any_more_what_was_reported_is_taken_off_once()
    {
        await using var fixture = await RowsFixture.StartAsync(cluster, postgres);
        await fixture.AddAsync();
        await fixture.AddAsync("without", repo => repo.Spec.GitUrl = "https://git.example.com/without");
        await fixture.AddRowAsync(status: "indexing");
        await fixture.SweepAsync();
        fixture.Way.Forget();
        var settings = Options.Create(new IndexingOptions());
        for (var start = 0; start < 2; start++)
        {
            using var removal = new IndexingStatusRemoval(
                fixture.Informer,
                fixture.Cache,
                fixture.Reporter,
                settings,
                TimeProvider.System,
                new RecordingLogger<IndexingStatusRemoval>()
            );
            await removal.StartAsync(Token);
            await removal.ExecuteTask!.WaitAsync(RowsFixture.Soon, Token);
        }

        Assert.Equal((2, 2), (fixture.Way.Requests.Count, fixture.Writes));
        Assert.Null(await fixture.ConditionAsync());
        Assert.Null(await fixture.ConditionAsync("without"));
        Assert.Null((await fixture.GetAsync()).Status?.Indexing);
    }

    [Fact]
    public async Task A_database_that_is_away_is_reported_after_two_rounds_in_the_same_words_and_once()
    {
        await using var fixture = await RowsFixture.StartAsync(cluster, postgres);
        await fixture.AddAsync();
        await fixture.AddRowAsync(status: "indexing");
        await fixture.SweepAsync();

        await fixture.ReportAsync(SweepOutcome.Failed, "connection refused on port 1");
        Assert.Equal("True/Indexing", await fixture.ConditionAsync());
        await fixture.SweepAsync();
        await fixture.ReportAsync(SweepOutcome.Failed, "connection refused on port 2");
        Assert.Equal("True/Indexing", await fixture.ConditionAsync());
        for (var round = 0; round < 5; round++)
        {
            await fixture.ReportAsync(SweepOutcome.Failed, $"connection refused on port {round}");
        }

        Assert.Equal("Unknown/DatabaseUnavailable", await fixture.ConditionAsync());
        Assert.Equal("indexing", (await fixture.GetAsync()).Status!.Indexing!.Status);
        Assert.Equal(2, fixture.Writes);
        await fixture.SweepAsync();
        Assert.Equal("True/Indexing", await fixture.ConditionAsync());
    }

    [Fact]
    public async Task What_is_missing_and_what_is_shared_and_what_is_cut_is_reported()
    {
        await using var fixture = await RowsFixture.StartAsync(cluster, postgres);
        await fixture.AddAsync(change: repo => repo.Spec.Indexing = new CodeRepoIndexing { Threshold = "1s" });
        await fixture.AddRowAsync();
        await fixture.SweepAsync(SweepOutcome.Degraded, "the column indexing_started_at is missing: run migrate.");
        Assert.Equal("Unknown/Degraded", await fixture.ConditionAsync());
        Assert.StartsWith(
            "Recovery is limited in repositories: the column indexing_started_at is missing: run migrate.",
            CloneFixture.Condition(await fixture.GetAsync(), ConditionTypes.IndexingHealthy)!.Message,
            StringComparison.Ordinal
        );

        await fixture.AddAsync("other", repo => repo.Spec.GitUrl = "https://GIT.example.com/team/hello");
        await fixture.SweepAsync();
        Assert.Equal(["True/AmbiguousRow", "True/AmbiguousRow"], [await fixture.ConditionAsync(), await fixture.ConditionAsync("other")]);
        Assert.EndsWith(
            "below the administrator's minimum: 5m applies.",
            CloneFixture.Condition(await fixture.GetAsync(), ConditionTypes.IndexingHealthy)!.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_change_of_the_spec_is_seen_by_the_next_sweep()
    {
        await using var fixture = await RowsFixture.StartAsync(cluster, postgres);
        await fixture.AddAsync();
        await fixture.AddRowAsync();
        await fixture.SweepAsync();

        await fixture.PatchAsync(new { spec = new { branch = "dev" } });
        await fixture.SweepAsync();

        Assert.Equal("Unknown/NoClone", await fixture.ConditionAsync());
        var repo = await fixture.GetAsync();
        Assert.Null(repo.Status!.Indexing);
        Assert.Equal(repo.Metadata.Generation, CloneFixture.Condition(repo, ConditionTypes.IndexingHealthy)!.ObservedGeneration);
    }

    [Fact]
    public async Task Without_the_Lease_nothing_is_written()
    {
        await using var fixture = await RowsFixture.CreateAsync(cluster, postgres);
        await fixture.Informer.StartAsync(Token);
        await fixture.Informer.WhenSyncedAsync(Token);
        await fixture.AddAsync();
        var key = await fixture.AddRowAsync(status: "error", resets: 1);

        await fixture.SweepAsync(reset: new SweptRow(key, TimeSpan.FromHours(1), 1, IsExhausted: false));

        Assert.Equal(0, fixture.Writes);
    }

    [Fact]
    public async Task A_dry_run_resets_nothing_and_reports_to_nobody_that_it_did()
    {
        await using var fixture = await RowsFixture.StartAsync(cluster, postgres, file => new IndexingOptions
        {
            ConnectionFile = file,
            DryRun = true,
        });
        await fixture.AddAsync();
        var key = await fixture.AddRowAsync(status: "indexing");

        await fixture.SweepAsync(reset: new SweptRow(key, TimeSpan.FromHours(1), 1, IsExhausted: false));

        Assert.Equal("True/Indexing", await fixture.ConditionAsync());
        Assert.Empty(await fixture.EventsAsync());
    }

    [Fact]
    public async Task A_reset_is_reported_though_the_API_server_hears_of_it_late()
    {
        await using var fixture = await RowsFixture.StartAsync(cluster, postgres);
        await fixture.AddAsync();
        var key = await fixture.AddRowAsync(status: "error", resets: 1);
        fixture.Way.Before = request =>
            request.StartsWith("PATCH", StringComparison.Ordinal) ? throw new HttpRequestException("cut") : Task.CompletedTask;
        await fixture.SweepAsync(reset: new SweptRow(key, TimeSpan.FromHours(1), 1, IsExhausted: false));
        await fixture.SweepAsync();
        Assert.Empty(await fixture.EventsAsync());
        Assert.Single(fixture.Log.Entries, entry => entry.Level == LogLevel.Warning);

        fixture.Way.Before = _ => Task.CompletedTask;
        await fixture.SweepAsync();
        await fixture.SweepAsync();

        Assert.Equal("False/Reset", await fixture.ConditionAsync());
        Assert.Single(await fixture.EventsAsync());
    }
}

using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>A sweep beside a job that is not dead after all, beside another that takes the row, and beside other sweeps.</summary>
public sealed class SweepRaceTests(PostgresServer server)
{
    private const string Heartbeat =
        "UPDATE repositories SET indexing_heartbeat_at = now() WHERE id = $1 AND indexing_token = 1 AND status = 'indexing'";
    private const string Finish = "UPDATE repositories SET status = 'indexed' WHERE id = $1 AND indexing_token = 1 AND status = 'indexing'";
    private const string Claim = """
        UPDATE repositories SET status = 'indexing' WHERE id = $1 AND (status <> 'indexing'
          OR GREATEST(indexing_heartbeat_at, indexing_started_at, '-infinity') < now() - interval '30 minutes')
        """;

    /// <summary>Stops a sweep between what it changed and its commit.</summary>
    private const string Gate = """
        CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NULL; END $$;
        CREATE TRIGGER gate AFTER UPDATE ON repositories FOR EACH ROW WHEN (NEW.status = 'error') EXECUTE FUNCTION gate();
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Heartbeat, "indexing", 1)]
    [InlineData(Finish, "indexed", 1)]
    [InlineData(Claim, "indexing", 2)]
    public async Task A_row_that_a_job_has_locked_is_left_and_stays_as_the_job_left_it(string change, string status, long token)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var row = await fixture.AddStuckAsync();
        var sweeper = fixture.NewSweeper();
        await using var job = await fixture.BeginAsync(change, row);

        var meanwhile = await sweeper.SweepAsync();
        await job.RunAsync("COMMIT", Token);
        var afterwards = await sweeper.SweepAsync();

        Assert.Equal((SweepOutcome.Swept, 0, 1L), (meanwhile.Outcome, meanwhile.Reset.Count, meanwhile.SkippedLocked));
        Assert.Equal((0, 0L), (afterwards.Reset.Count, afterwards.SkippedLocked));
        Assert.Equal((status, token, 0), (await fixture.StatusAsync(row), await fixture.TokenAsync(row), await fixture.ResetsAsync(row)));
        Assert.Equal(1, await sweeper.MetricAsync("rows_skipped_locked_total"));
    }

    [Theory]
    [InlineData(Heartbeat)]
    [InlineData(Finish)]
    [InlineData(Claim)]
    public async Task A_row_whose_lock_came_to_nothing_is_collected_by_the_next_sweep(string change)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var row = await fixture.AddStuckAsync();
        await using var job = await fixture.BeginAsync(change, row);

        Assert.Empty((await fixture.SweepAsync()).Reset);
        await job.RunAsync("ROLLBACK", Token);

        Assert.Single((await fixture.SweepAsync()).Reset);
    }

    [Theory]
    [InlineData(Heartbeat, 0, "error", 2)]
    [InlineData(Finish, 0, "error", 2)]
    [InlineData(Claim, 1, "indexing", 3)]
    public async Task A_job_that_comes_while_its_row_is_reset_finds_that_it_lost_it(string change, int changed, string status, long token)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.Database.RunAsync(Gate, Token);
        var row = await fixture.AddStuckAsync();
        await using var gate = await fixture.BeginAsync("SELECT pg_advisory_xact_lock(42)");

        var sweep = fixture.NewSweeper(Patient).SweepAsync();
        await fixture.SeeBlockedAsync(1);
        var job = fixture.Database.RunAsync(change, Token, row);
        await fixture.SeeBlockedAsync(2);
        await gate.RunAsync("COMMIT", Token);

        Assert.Single((await sweep).Reset);
        Assert.Equal(changed, await job);
        Assert.Equal((status, token, 1), (await fixture.StatusAsync(row), await fixture.TokenAsync(row), await fixture.ResetsAsync(row)));
    }

    /// <summary>ABA: the row is active again, but it is another's.</summary>
    [Theory]
    [InlineData(Heartbeat)]
    [InlineData(Finish)]
    public async Task A_job_that_comes_back_after_its_row_was_reset_and_taken_changes_nothing(string change)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var row = await fixture.AddStuckAsync();
        Assert.Single((await fixture.SweepAsync()).Reset);
        Assert.Equal(1, await fixture.Database.RunAsync(Claim, Token, row));

        Assert.Equal(0, await fixture.Database.RunAsync(change, Token, row));
        Assert.Equal(("indexing", 3L), (await fixture.StatusAsync(row), await fixture.TokenAsync(row)));
    }

    [Fact]
    public async Task Each_of_many_rows_is_reset_once_by_many_sweepers()
    {
        const int Rows = 2_000;
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.Database.RunAsync(Gate, Token);
        await fixture.AddStuckAsync(Rows);
        await using var gate = await fixture.BeginAsync("SELECT pg_advisory_xact_lock(42)");

        var sweeping = Enumerable
            .Range(0, 8)
            .Select(_ =>
                fixture
                    .NewSweeper(file => new IndexingOptions
                    {
                        ConnectionFile = file,
                        BatchSize = 50,
                        LockTimeout = TimeSpan.FromSeconds(30),
                    })
                    .SweepAsync()
            )
            .ToList();
        await fixture.SeeBlockedAsync(8);
        await gate.RunAsync("COMMIT", Token);
        var sweeps = await Task.WhenAll(sweeping);

        var reset = sweeps.SelectMany(sweep => sweep.Reset).Select(row => row.Key).ToList();
        Assert.Equal(Rows, reset.Count);
        Assert.Equal(Rows, reset.Distinct().Count());
        Assert.Equal(
            Rows,
            await fixture.Database.ReadAsync<long>(
                "SELECT count(*) FROM repositories WHERE status = 'error' AND indexing_token = 2 AND indexing_resets = 1",
                Token
            )
        );
    }

    [Fact]
    public async Task A_row_without_a_stamp_that_is_taken_meanwhile_keeps_the_stamp_of_its_job()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var row = await fixture.AddAsync("NULL");
        await using var job = await fixture.BeginAsync(
            "UPDATE repositories SET indexing_heartbeat_at = now() - interval '7 minutes' WHERE id = $1",
            row
        );

        await fixture.SweepAsync();
        await job.RunAsync("COMMIT", Token);
        await fixture.SweepAsync();

        Assert.True(
            await fixture.Database.ReadAsync<bool>(
                "SELECT indexing_started_at IS NULL AND indexing_heartbeat_at < now() - interval '6 minutes' FROM repositories",
                Token
            )
        );
    }

    private static IndexingOptions Patient(string file) => new() { ConnectionFile = file, LockTimeout = TimeSpan.FromSeconds(30) };
}

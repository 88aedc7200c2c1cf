using CodeRepoOperator.Indexing.Tables;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>The way to the database: its file, its pool, and connections that break at the worst moments.</summary>
public sealed class SweepConnectionTests(PostgresServer server)
{
    /// <summary>Stops a sweep at its commit, when all of it has been sent.</summary>
    private const string GateAtCommit = """
        CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER gate AFTER UPDATE ON repositories DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.status = 'error')
          EXECUTE FUNCTION gate();
        """;

    private const string Gate = """
        CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NULL; END $$;
        CREATE TRIGGER gate AFTER UPDATE ON repositories FOR EACH ROW WHEN (NEW.status = 'error') EXECUTE FUNCTION gate();
        """;

    private const string Terminate = """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'coderepo-operator'
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connections_that_were_ended_between_two_sweeps_are_not_used()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var sweeper = fixture.NewSweeper();
        await sweeper.SweepAsync();
        await fixture.AddStuckAsync();
        Assert.Equal(1, await fixture.Database.ReadAsync<long>(Terminate, Token));

        await Eventually.SeeAsync(
            "the row is reset",
            async _ => (await sweeper.SweepAsync()).Reset.Count,
            reset => reset == 1,
            TimeSpan.FromSeconds(20),
            Token
        );

        Assert.InRange(sweeper.Warnings.Count, 1, 2);
    }

    [Theory]
    [InlineData(Gate)]
    [InlineData(GateAtCommit)]
    public async Task A_connection_that_is_ended_during_a_reset_or_its_commit_costs_no_row_and_counts_none_twice(string gate)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.Database.RunAsync(gate, Token);
        await fixture.AddStuckAsync(3);
        var sweeper = fixture.NewSweeper(Patient);
        await using var other = await fixture.BeginAsync("SELECT pg_advisory_xact_lock(42)");
        var sweeping = sweeper.SweepAsync();
        await fixture.SeeBlockedAsync();

        Assert.Equal(1, await fixture.Database.ReadAsync<long>(Terminate, Token));
        await other.RunAsync("COMMIT", Token);
        var ended = await sweeping;
        var next = await sweeper.SweepAsync();

        Assert.Equal(3, ended.Reset.Count + next.Reset.Count);
        Assert.Equal(3, await sweeper.SilentResetsAsync());
        await AssertResetOnceAsync(fixture, 3);
    }

    [Fact]
    public async Task What_was_committed_without_a_response_is_not_done_again_and_not_counted()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.Database.RunAsync(GateAtCommit, Token);
        await using var proxy = new TcpProxy(fixture.Database.Port);
        fixture.Connect(new NpgsqlConnectionStringBuilder(fixture.Database.ConnectionString) { Port = proxy.Port }.ConnectionString);
        await fixture.AddStuckAsync(3);
        var sweeper = fixture.NewSweeper(Patient);
        await using var other = await fixture.BeginAsync("SELECT pg_advisory_xact_lock(42)");
        var sweeping = sweeper.SweepAsync();
        await fixture.SeeBlockedAsync();

        proxy.HangConnections();
        await other.RunAsync("COMMIT", Token);
        await Eventually.HoldsAsync("it is committed", async _ => await fixture.CountAsync("error") == 3, TimeSpan.FromSeconds(20), Token);
        proxy.Cut();
        var ended = await sweeping;
        var next = await sweeper.SweepAsync();

        Assert.Equal((SweepOutcome.Failed, 0), (ended.Outcome, ended.Reset.Count));
        Assert.Equal((SweepOutcome.Swept, 0), (next.Outcome, next.Reset.Count));
        Assert.Equal(0, await sweeper.SilentResetsAsync());
        await AssertResetOnceAsync(fixture, 3);
    }

    [Fact]
    public async Task A_password_that_is_rotated_is_used_by_the_next_sweep_and_the_old_connections_go()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var role = $"rotated_{fixture.Database.Name}";
        await fixture.Database.RunAsync($"CREATE ROLE \"{role}\" LOGIN SUPERUSER PASSWORD 'first-secret'", Token);
        fixture.Connect(Text("first-secret"));
        var time = new FakeTimeProvider();
        var sweeper = fixture.NewSweeper(time: time);
        await sweeper.SweepAsync();
        var before = await PidsAsync();
        await fixture.Database.RunAsync($"ALTER ROLE \"{role}\" PASSWORD 'second-secret'", Token);
        await fixture.AddStuckAsync();

        fixture.Connect(Text("wrong-secret"));
        var refused = await sweeper.SweepAsync();
        fixture.Connect(Text("second-secret"));
        await sweeper.SweepAsync();
        time.Advance(TimeSpan.FromMinutes(31));
        var taken = await sweeper.SweepAsync();

        Assert.Equal(SweepOutcome.Failed, refused.Outcome);
        Assert.Contains("28P01", refused.Why, StringComparison.Ordinal);
        Assert.Contains("Indexing:ConnectionFile", refused.Why, StringComparison.Ordinal);
        Assert.Single(taken.Reset);
        Assert.DoesNotContain(sweeper.Warnings, warning => warning.Contains("secret", StringComparison.Ordinal));
        await Eventually.HoldsAsync(
            "the old connections are gone",
            async _ => !(await PidsAsync()).Intersect(before).Any(),
            TimeSpan.FromSeconds(20),
            Token
        );

        string Text(string password) =>
            $"Host=127.0.0.1;Port={fixture.Database.Port};Username={role};Password={password};Database={fixture.Database.Name}";
        async Task<int[]> PidsAsync() =>
            await fixture.Database.ReadAsync<int[]>("SELECT array_agg(pid) FROM pg_stat_activity WHERE usename = $1", Token, role) ?? [];
    }

    [Theory]
    [InlineData(null, "can't be read")]
    [InlineData("Host=127.0.0.1;Paswort=secret", "is no connection string: write Host=")]
    [InlineData("secret", "is no connection string: write Host=")]
    [InlineData("Host=127.0.0.1;Port=secret", "is no connection string: write Host=")]
    [InlineData("", "is no connection string: write Host=")]
    public async Task A_file_that_is_of_no_use_is_reported_without_its_content_and_heals(string? content, string why)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync();
        var sweeper = fixture.NewSweeper();
        File.Delete(fixture.ConnectionFile);
        if (content is not null)
        {
            fixture.Connect(content);
        }

        var failed = await sweeper.SweepAsync();

        Assert.Equal((SweepOutcome.Failed, true), (failed.Outcome, failed.IsSetUpWrong));
        Assert.Contains(why, failed.Why, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", failed.Why, StringComparison.Ordinal);
        fixture.Connect(fixture.Database.ConnectionString);
        Assert.Single((await sweeper.SweepAsync()).Reset);
    }

    [Fact]
    public async Task A_pool_that_is_exhausted_is_reported_and_the_next_sweep_works()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync();
        fixture.Connect(fixture.Database.ConnectionString + ";Maximum Pool Size=1;Timeout=1");
        var time = new FakeTimeProvider();
        var sweeper = fixture.NewSweeper(time: time);
        var held = await sweeper.Database.OpenAsync(Token);

        var meanwhile = await sweeper.SweepAsync();
        await held.DisposeAsync();

        Assert.Equal(SweepOutcome.Failed, meanwhile.Outcome);
        Assert.Contains("Maximum Pool Size", meanwhile.Why, StringComparison.Ordinal);
        Assert.Equal(SweepOutcome.Swept, (await sweeper.SweepAsync()).Outcome);
        time.Advance(TimeSpan.FromMinutes(31));
        Assert.Single((await sweeper.SweepAsync()).Reset);
    }

    [Theory]
    [InlineData("")]
    [InlineData(";No Reset On Close=true")]
    public async Task Sweepers_work_through_PgBouncer_in_transaction_mode_and_leave_nothing_in_its_sessions(string setting)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync(200);
        await using var bouncer = await PgBouncer.StartAsync(fixture.Database.Port, poolSize: 2, Token);
        var way = new NpgsqlConnectionStringBuilder(fixture.Database.ConnectionString) { Port = bouncer.Port }.ConnectionString + setting;
        fixture.Connect(way);

        var sweeps = await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(_ => fixture.NewSweeper(file => new IndexingOptions { ConnectionFile = file, BatchSize = 10 }).SweepAsync())
        );

        Assert.All(sweeps, sweep => Assert.Null(sweep.Why));
        Assert.Equal(200, sweeps.SelectMany(sweep => sweep.Reset).Select(row => row.Key).Distinct().Count());
        await AssertResetOnceAsync(fixture, 200);
        await using var source = NpgsqlDataSource.Create(way);
        await using var show = source.CreateCommand(
            "SELECT concat_ws(' ', current_setting('lock_timeout'), current_setting('statement_timeout'), current_setting('row_security'))"
        );
        Assert.Equal("0 0 on", await show.ExecuteScalarAsync(Token));
    }

    private static IndexingOptions Patient(string file) => new() { ConnectionFile = file, LockTimeout = TimeSpan.FromSeconds(30) };

    private static async Task AssertResetOnceAsync(IndexingFixture fixture, long rows) =>
        Assert.Equal(
            rows,
            await fixture.Database.ReadAsync<long>(
                "SELECT count(*) FROM repositories WHERE status = 'error' AND indexing_token = 2 AND indexing_resets = 1",
                Token
            )
        );
}

using System.Globalization;
using CodeRepoOperator.Indexing.Tables;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>What can't be handled keeps no other row, and no other table, from being swept.</summary>
[Trait("Category", "Slow")]
public sealed class SweepObstacleTests(PostgresServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Locked_rows_are_skipped_counted_and_collected_later()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync(20);
        await using var other = await fixture.BeginAsync(
            "SELECT id FROM repositories ORDER BY indexing_started_at LIMIT 12 FOR NO KEY UPDATE"
        );
        var sweeper = fixture.NewSweeper(SmallBatches);

        var meanwhile = await sweeper.SweepAsync();
        Assert.Equal(12, await sweeper.MetricAsync("rows_stuck"));
        await other.RunAsync("COMMIT", Token);
        var afterwards = await sweeper.SweepAsync();

        Assert.Equal((SweepOutcome.Swept, 8, 12L), (meanwhile.Outcome, meanwhile.Reset.Count, meanwhile.SkippedLocked));
        Assert.Equal((SweepOutcome.Swept, 12, 0L), (afterwards.Outcome, afterwards.Reset.Count, afterwards.SkippedLocked));
        Assert.Equal(12, await sweeper.MetricAsync("rows_skipped_locked_total"));
        Assert.Equal(0, await sweeper.MetricAsync("rows_stuck"));
    }

    [Theory]
    [InlineData("23514")]
    [InlineData("42703")]
    [InlineData("42501")]
    [InlineData("42P01")]
    [InlineData("57014")]
    [InlineData("55P03")]
    [InlineData("25006")]
    [InlineData("57P01")]
    [InlineData("08006")]
    [InlineData("40001")]
    [InlineData("53100")]
    [InlineData("XX000")]
    public async Task A_row_that_can_not_be_changed_is_reported_once_and_the_others_are_reset(string code)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync(50);
        await MakeBadAsync(fixture, count: 3, $"RAISE EXCEPTION 'not this one' USING ERRCODE = '{code}'");
        var sweeper = fixture.NewSweeper(SmallBatches);

        // Mostly one. By some codes Npgsql gives a connection up, and the server may take a moment to let go of the row that it was about.
        var sweeps = new List<SweepResult>();
        await Eventually.HoldsAsync(
            "all three are refused",
            async _ =>
            {
                sweeps.Add(await sweeper.SweepAsync());
                return sweeps[^1].Why?.StartsWith("3 rows can't be changed.", StringComparison.Ordinal) == true;
            },
            TimeSpan.FromSeconds(30),
            Token
        );
        var last = await sweeper.SweepAsync();

        Assert.All(sweeps, sweep => Assert.Equal(SweepOutcome.Failed, sweep.Outcome));
        Assert.Equal(47, sweeps.Sum(sweep => sweep.Reset.Count));
        Assert.Equal((SweepOutcome.Failed, 0, 0L), (last.Outcome, last.Reset.Count, last.SkippedLocked));
        var bad = await fixture.Database.ReadAsync<string[]>("SELECT array_agg(id::text) FROM repositories WHERE name = 'bad'", Token);
        Assert.All(bad!, key =>
            Assert.Single(sweeper.Warnings, warning =>
                warning.Contains($"Row {key} ", StringComparison.Ordinal) && warning.Contains(code, StringComparison.Ordinal)
            )
        );
        Assert.Equal(sweeps.Count + 1, await sweeper.SweepsAsync("failed"));
        Assert.Equal(3, await sweeper.MetricAsync("rows_stuck"));

        await fixture.Database.RunAsync("DROP TRIGGER bad ON repositories", Token);
        var third = await sweeper.SweepAsync();
        Assert.Equal((SweepOutcome.Swept, 3), (third.Outcome, third.Reset.Count));
        Assert.Single(sweeper.Infos, info => info.Contains("works again", StringComparison.Ordinal));
        Assert.Equal(0, await sweeper.MetricAsync("rows_stuck"));
    }

    [Theory]
    [InlineData("ALTER TABLE repositories ADD CONSTRAINT bad CHECK (name <> 'bad' OR status <> 'error')", "23514")]
    [InlineData(
        "CREATE CONSTRAINT TRIGGER at_commit AFTER UPDATE ON repositories DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.name = "
            + "'bad') EXECUTE FUNCTION raise()",
        "P0001"
    )]
    [InlineData(
        "CREATE TRIGGER suppress BEFORE UPDATE ON repositories FOR EACH ROW WHEN (NEW.name = 'bad') EXECUTE FUNCTION suppress()",
        "suppresses"
    )]
    public async Task A_constraint_is_no_other_row_s_fault_either(string constraint, string why)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync(20);
        await fixture.Database.RunAsync(
            "UPDATE repositories SET name = CASE WHEN id IN (SELECT id FROM repositories ORDER BY indexing_started_at LIMIT 9) THEN "
                + "'bad' ELSE 'good' END",
            Token
        );
        await fixture.Database.RunAsync(
            """
            CREATE FUNCTION raise() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
            CREATE FUNCTION suppress() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
            """ + constraint,
            Token
        );
        var sweeper = fixture.NewSweeper(SmallBatches);

        var sweep = await sweeper.SweepAsync();

        Assert.Equal((SweepOutcome.Failed, 11), (sweep.Outcome, sweep.Reset.Count));
        Assert.Contains(why, sweep.Why, StringComparison.Ordinal);
        Assert.Contains("9 rows can't be changed", sweep.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_that_can_not_be_stamped_keep_none_from_being_stamped_or_reset()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync(3);
        var bad = await fixture.AddAsync("NULL");
        var good = await fixture.AddAsync("NULL");
        await fixture.Database.RunAsync(
            "ALTER TABLE repositories ADD CONSTRAINT bad CHECK (name <> 'bad' OR indexing_started_at IS NULL)",
            Token
        );
        await fixture.Database.RunAsync("UPDATE repositories SET name = 'bad' WHERE id = $1", Token, bad);
        var sweeper = fixture.NewSweeper(SmallBatches);

        var sweeps = new[] { await sweeper.SweepAsync(), await sweeper.SweepAsync() };

        Assert.Equal([3, 0], sweeps.Select(sweep => sweep.Reset.Count));
        Assert.True(
            await fixture.Database.ReadAsync<bool>("SELECT indexing_started_at IS NOT NULL FROM repositories WHERE id = $1", Token, good)
        );
        Assert.Single(sweeper.Warnings, warning =>
            warning.Contains(bad.ToString(), StringComparison.Ordinal) && warning.Contains("23514", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task What_fails_for_every_row_ends_the_sweep_and_not_the_log()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync(1_100);
        await MakeBadAsync(fixture, count: 1_100, "RAISE EXCEPTION 'never'");
        var sweeper = fixture.NewSweeper();

        var sweep = await sweeper.SweepAsync();

        Assert.Equal((SweepOutcome.Failed, 0), (sweep.Outcome, sweep.Reset.Count));
        Assert.InRange(sweeper.Warnings.Count, 1, 21);
    }

    [Fact]
    public async Task A_trigger_that_fails_without_any_row_is_the_table_s_failure_and_the_next_table_is_swept()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync(5);
        await fixture.Database.RunAsync(
            "INSERT INTO indexing_jobs (status, started_at) VALUES ('running', now() - interval '1 hour')",
            Token
        );
        await fixture.Database.RunAsync(
            """
            CREATE FUNCTION raise() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'closed' USING ERRCODE = '42703'; END $$;
            CREATE TRIGGER whole BEFORE UPDATE ON repositories FOR EACH STATEMENT EXECUTE FUNCTION raise();
            """,
            Token
        );
        var sweeper = fixture.NewSweeper(BothTables);

        var sweeps = await sweeper.SweepAllAsync();
        await sweeper.SweepAllAsync();

        Assert.Equal([SweepOutcome.Failed, SweepOutcome.Swept], sweeps.Select(sweep => sweep.Outcome));
        Assert.Equal("42703: closed.", sweeps[0].Why);
        Assert.False(sweeps[0].IsDegraded);
        Assert.Single(sweeps[1].Reset);
        Assert.Single(sweeper.Warnings, warning => warning.Contains("42703", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_table_that_is_locked_as_a_whole_times_out_and_the_next_is_swept()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync(5);
        await fixture.Database.RunAsync(
            "INSERT INTO indexing_jobs (status, started_at) VALUES ('running', now() - interval '1 hour')",
            Token
        );
        var time = new FakeTimeProvider();
        var sweeper = fixture.NewSweeper(
            file => new IndexingOptions
            {
                ConnectionFile = file,
                LockTimeout = TimeSpan.FromMilliseconds(100),
                Targets = [new(), IndexingFixture.Jobs],
            },
            time
        );
        await using var other = await fixture.BeginAsync("LOCK TABLE repositories IN ACCESS EXCLUSIVE MODE");

        var meanwhile = await sweeper.SweepAllAsync();
        await other.RunAsync("COMMIT", Token);
        await sweeper.SweepAllAsync();
        time.Advance(TimeSpan.FromMinutes(31));
        var afterwards = await sweeper.SweepAllAsync();

        Assert.Equal([SweepOutcome.Failed, SweepOutcome.Swept], meanwhile.Select(sweep => sweep.Outcome));
        Assert.Contains("Indexing:LockTimeout", meanwhile[0].Why, StringComparison.Ordinal);
        Assert.Single(meanwhile[1].Reset);
        Assert.Equal((SweepOutcome.Swept, 5), (afterwards[0].Outcome, afterwards[0].Reset.Count));
    }

    /// <summary>Readers come through, writers wait: so the look succeeds, and the reset does not.</summary>
    [Fact]
    public async Task A_table_that_is_locked_against_writers_is_no_row_s_fault()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync(5);
        var time = new FakeTimeProvider();
        var sweeper = fixture.NewSweeper(
            file => new IndexingOptions { ConnectionFile = file, LockTimeout = TimeSpan.FromMilliseconds(100) },
            time
        );
        await using var other = await fixture.BeginAsync("LOCK TABLE repositories IN SHARE MODE");

        var meanwhile = await sweeper.SweepAsync();
        await other.RunAsync("COMMIT", Token);

        // Neither could the jobs write: they have their whole threshold again.
        Assert.Equal(SweepOutcome.Failed, meanwhile.Outcome);
        Assert.Contains("Indexing:LockTimeout", meanwhile.Why, StringComparison.Ordinal);
        Assert.Empty((await sweeper.SweepAsync()).Reset);
        time.Advance(TimeSpan.FromMinutes(31));
        Assert.Equal(5, (await sweeper.SweepAsync()).Reset.Count);
    }

    [Fact]
    public async Task A_statement_that_takes_too_long_is_ended_and_reported()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync(4);
        await MakeBadAsync(fixture, count: 1, "PERFORM pg_sleep(60)");
        var sweeper = fixture.NewSweeper(file => new IndexingOptions
        {
            ConnectionFile = file,
            StatementTimeout = TimeSpan.FromMilliseconds(200),
        });

        var sweep = await sweeper.SweepAsync();

        Assert.Equal((SweepOutcome.Failed, 3), (sweep.Outcome, sweep.Reset.Count));
        Assert.Contains("Indexing:StatementTimeout", sweep.Why, StringComparison.Ordinal);
    }

    private static IndexingOptions SmallBatches(string file) => new() { ConnectionFile = file, BatchSize = 8 };

    private static IndexingOptions BothTables(string file) => new() { ConnectionFile = file, Targets = [new(), IndexingFixture.Jobs] };

    /// <summary>The oldest rows, at the head of the index, are those whose reset does this.</summary>
    private static async Task MakeBadAsync(IndexingFixture fixture, int count, string statement)
    {
        await fixture.Database.RunAsync(
            "UPDATE repositories SET name = 'bad' WHERE id IN (SELECT id FROM repositories ORDER BY indexing_started_at LIMIT $1)",
            Token,
            count
        );
        await fixture.Database.RunAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                CREATE FUNCTION bad() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {statement}; RETURN NEW; END $$;
                CREATE TRIGGER bad BEFORE UPDATE ON repositories FOR EACH ROW WHEN (OLD.name = 'bad') EXECUTE FUNCTION bad();
                """
            ),
            Token
        );
    }
}

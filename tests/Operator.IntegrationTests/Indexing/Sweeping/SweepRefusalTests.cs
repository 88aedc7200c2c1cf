using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>
/// Rows that can't be changed, in any number and in front of all others: each costs itself its recovery, and no other row. A sweeper that
/// is made anew is one that runs once, and remembers nothing.
/// </summary>
public sealed class SweepRefusalTests(PostgresServer server)
{
    private const int Many = 1_001;

    private const string Bad = "UPDATE repositories SET name = 'bad', indexing_started_at = '1999-01-01'";

    private const string Raise = """
        CREATE FUNCTION raise() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(
        "a trigger that raises",
        Raise + "CREATE TRIGGER bad BEFORE UPDATE ON repositories FOR EACH ROW WHEN (OLD.name = 'bad') EXECUTE FUNCTION raise()"
    )]
    [InlineData("a CHECK", "ALTER TABLE repositories ADD CONSTRAINT bad CHECK (name <> 'bad' OR status <> 'error')")]
    [InlineData(
        "a constraint that is looked at by the commit",
        Raise
            + "CREATE CONSTRAINT TRIGGER bad AFTER UPDATE ON repositories DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
            + "WHEN (NEW.name = 'bad') EXECUTE FUNCTION raise()"
    )]
    [InlineData(
        "a trigger that suppresses the change",
        """
            CREATE FUNCTION suppress() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
            CREATE TRIGGER bad BEFORE UPDATE ON repositories FOR EACH ROW WHEN (OLD.name = 'bad') EXECUTE FUNCTION suppress()
            """
    )]
    public async Task Rows_that_can_not_be_reset_keep_no_other_from_it(string what, string obstacle)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync(Many);
        await fixture.Database.RunAsync(Bad, Token);
        await fixture.Database.RunAsync(obstacle, Token);
        var sweeper = fixture.NewSweeper();
        var sweeps = new List<SweepResult>();

        foreach (var each in new[] { sweeper, sweeper, fixture.NewSweeper() })
        {
            var good = await fixture.AddStuckAsync();
            sweeps.Add(await each.SweepAsync());
            Assert.Equal((what, "error"), (what, await fixture.StatusAsync(good)));
        }

        Assert.All(sweeps, sweep =>
            Assert.Equal((SweepOutcome.Failed, 1, (long)Many, 0L), (sweep.Outcome, sweep.Reset.Count, sweep.Left, sweep.SkippedLocked))
        );
        Assert.StartsWith($"{Many} rows can't be changed. ", sweeps[^1].Why, StringComparison.Ordinal);
        Assert.InRange(sweeper.Warnings.Count(warning => warning.StartsWith("Row ", StringComparison.Ordinal)), 20, 40);
    }

    [Fact]
    public async Task Rows_that_can_not_be_stamped_keep_no_other_from_it()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync(2 * Many);
        await fixture.Database.RunAsync(
            "UPDATE repositories SET name = 'bad', indexing_started_at = CASE WHEN id IN (SELECT id FROM repositories LIMIT $1) THEN "
                + "'infinity'::timestamptz END",
            Token,
            Many
        );
        await fixture.Database.RunAsync(
            "ALTER TABLE repositories ADD CONSTRAINT bad CHECK (name <> 'bad' OR COALESCE(indexing_started_at, 'infinity') = 'infinity')",
            Token
        );
        var unstamped = await fixture.AddAsync("NULL");
        var future = await fixture.AddAsync("now() + interval '1 hour'");
        var stuck = await fixture.AddStuckAsync();

        var sweep = await fixture.SweepAsync();

        Assert.Equal((stuck.ToString(), 2), (Assert.Single(sweep.Reset).Key, sweep.Stamped));
        foreach (var row in new[] { unstamped, future })
        {
            Assert.True(
                await fixture.Database.ReadAsync<bool>("SELECT indexing_started_at <= now() FROM repositories WHERE id = $1", Token, row)
            );
        }
    }

    /// <summary>What no job ever counts to, whoever may write the row may write into it.</summary>
    [Theory]
    [InlineData("bigint", "9223372036854775807", "int", "2147483647")]
    [InlineData("int", "2147483647", "bigint", "9223372036854775807")]
    [InlineData("bigint", "-9223372036854775808", "int", "-2147483648")]
    public async Task Numbers_at_their_end_keep_no_row_from_being_reset(string token, string lastToken, string resets, string lastResets)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server, PostgresDatabase.OriginalSchema);
        await fixture.Database.RunAsync(
            $"""
            ALTER TABLE repositories ADD indexing_started_at timestamptz, ADD indexing_heartbeat_at timestamptz, ADD indexing_token {token},
              ADD indexing_resets {resets}, ADD why text;
            INSERT INTO repositories (status, indexing_started_at, indexing_token, indexing_resets)
            SELECT 'indexing', '1999-01-01', {lastToken}, CASE WHEN n % 2 = 0 THEN {lastResets} END FROM generate_series(1, {Many}) n;
            INSERT INTO repositories (status, indexing_started_at) VALUES ('indexing', '4713-01-01 BC'), ('indexing', now() - interval '1 hour');
            """,
            Token
        );
        var sweeper = fixture.NewSweeper(file => new IndexingOptions { ConnectionFile = file, Targets = [new() { Error = "why" }] });

        var sweep = await sweeper.SweepAsync();

        Assert.Equal((null, Many + 2), (sweep.Why, sweep.Reset.Count));
        Assert.Equal(0, await fixture.CountAsync("indexing"));
    }

    [Fact]
    public async Task A_row_without_a_key_is_left_and_keeps_no_other_from_being_reset()
    {
        const string Schema = """
            CREATE TABLE repositories (id text UNIQUE, status text, indexing_started_at timestamptz, indexing_heartbeat_at timestamptz,
              indexing_token bigint, indexing_resets int);
            INSERT INTO repositories (id, status, indexing_started_at) VALUES (NULL, 'indexing', '1999-01-01'), (NULL, 'indexing', NULL),
              (NULL, 'indexing', 'infinity'), ('a', 'indexing', now() - interval '1 hour');
            """;
        await using var fixture = await IndexingFixture.CreateAsync(server, Schema);

        var sweep = await fixture.SweepAsync();

        Assert.Equal((null, "a"), (sweep.Why, Assert.Single(sweep.Reset).Key));
    }

    /// <summary>Each look at this clock finds a second gone: the time of a sweep is over at once.</summary>
    [Fact]
    public async Task A_sweep_whose_time_is_over_is_continued_by_the_next_and_so_comes_to_every_row()
    {
        const int Few = 25;
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync(Few);
        await fixture.Database.RunAsync(
            "UPDATE repositories SET name = 'bad', indexing_started_at = CASE WHEN id < '80000000-0000-0000-0000-000000000000' "
                + "THEN '4713-01-01 BC' ELSE '1999-01-01' END::timestamptz",
            Token
        );
        await fixture.Database.RunAsync("ALTER TABLE repositories ADD CONSTRAINT bad CHECK (name <> 'bad' OR status <> 'error')", Token);
        var good = await fixture.AddStuckAsync();
        var sweeper = fixture.NewSweeper(file => new IndexingOptions { ConnectionFile = file, BatchSize = 4 }, new FleetingTime());

        var sweeps = new List<SweepResult>();
        while (await fixture.StatusAsync(good) == "indexing" && sweeps.Count <= Few)
        {
            sweeps.Add(await sweeper.SweepAsync(limit: TimeSpan.FromSeconds(1)));
        }

        Assert.InRange(sweeps.Count, 2, Few + 1);
        Assert.Equal(1, sweeps.Sum(sweep => sweep.Reset.Count));
        Assert.All(sweeps, sweep => Assert.Equal(0, sweep.SkippedLocked));
        Assert.Contains("the next sweep continues", sweeps[0].Why, StringComparison.Ordinal);
        var whole = await sweeper.SweepAsync();
        Assert.StartsWith($"{Few} rows can't be changed. ", whole.Why, StringComparison.Ordinal);
        Assert.DoesNotContain("continues", whole.Why, StringComparison.Ordinal);
    }

    private sealed class FleetingTime : TimeProvider
    {
        private long _seconds;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Interlocked.Increment(ref _seconds);
    }
}

using CodeRepoOperator.Indexing.Tables;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>Which rows a sweep resets, and what it leaves in them.</summary>
public sealed class SweepTests(PostgresServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stuck_row_is_reset_and_a_live_one_is_not()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var stuck = await fixture.AddStuckAsync();
        var young = await fixture.AddAsync("now() - interval '29 minutes'");
        var beating = await fixture.AddAsync("now() - interval '1 day'", "now() - interval '29 minutes'");
        var taken = await fixture.AddAsync("now() - interval '29 minutes'", "now() - interval '1 day'");
        var done = await fixture.AddStuckAsync();
        await fixture.Database.RunAsync("UPDATE repositories SET status = 'indexed' WHERE id = $1", Token, done);
        var sweeper = fixture.NewSweeper();

        var sweep = await sweeper.SweepAsync();

        Assert.Equal(SweepOutcome.Swept, sweep.Outcome);
        var row = Assert.Single(sweep.Reset);
        Assert.Equal((stuck.ToString(), 1, false), (row.Key, row.Resets, row.IsExhausted));
        Assert.InRange(row.Age, TimeSpan.FromMinutes(60), TimeSpan.FromMinutes(61));
        Assert.Equal(
            ("error", 2, 1),
            (await fixture.StatusAsync(stuck), await fixture.TokenAsync(stuck), await fixture.ResetsAsync(stuck))
        );
        foreach (var live in new[] { young, beating, taken })
        {
            Assert.Equal(
                ("indexing", 1, 0),
                (await fixture.StatusAsync(live), await fixture.TokenAsync(live), await fixture.ResetsAsync(live))
            );
        }

        Assert.Equal("indexed", await fixture.StatusAsync(done));
        Assert.Equal(1, await sweeper.SilentResetsAsync());
        Assert.Equal(1, await sweeper.SweepsAsync("swept"));
        Assert.InRange(await sweeper.MetricAsync("oldest_age_seconds"), 29 * 60, 30 * 60);
        Assert.Contains(stuck.ToString(), Assert.Single(sweeper.Warnings), StringComparison.Ordinal);
        Assert.Contains("01:00:0", sweeper.Warnings[0], StringComparison.Ordinal);
    }

    /// <summary>In one transaction, whose now() stands still.</summary>
    [Theory]
    [InlineData("interval '30 minutes'", false)]
    [InlineData("interval '30 minutes' + interval '1 microsecond'", true)]
    [InlineData("interval '30 minutes' - interval '1 microsecond'", false)]
    public async Task A_row_exactly_at_the_threshold_stays(string age, bool isStuck)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await using var connection = await fixture.Database.Source.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using var insert = new NpgsqlCommand("INSERT INTO repositories (status) VALUES ('indexing')", connection);
        await insert.ExecuteNonQueryAsync(Token);
        await using var stamp = new NpgsqlCommand($"UPDATE repositories SET indexing_started_at = now() - ({age})", connection);
        await stamp.ExecuteNonQueryAsync(Token);
        var columns = await ColumnProbe.ReadAsync(connection, new IndexingTarget(), Token);
        var sql = new SweepSql(new IndexingTarget(), columns!, new IndexingOptions());

        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { sql.ResetStuck(TimeSpan.FromMinutes(30), [], 10) } };
        await using var reader = await batch.ExecuteReaderAsync(Token);

        Assert.Equal(isStuck, await reader.ReadAsync(Token));
    }

    [Theory]
    [InlineData("NULL", "NULL")]
    [InlineData("'-infinity'", "NULL")]
    [InlineData("NULL", "'-infinity'")]
    [InlineData("'infinity'", "NULL")]
    [InlineData("now() - interval '2 hours'", "'infinity'")]
    [InlineData("now() + interval '1 year'", "NULL")]
    [InlineData("now() + interval '1 year'", "now() - interval '1 day'")]
    public async Task A_row_without_a_stamp_or_with_one_in_the_future_begins_its_time_with_the_first_sweep(string started, string heartbeat)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var row = await fixture.AddAsync(started, heartbeat);
        var sweeper = fixture.NewSweeper();

        var first = await sweeper.SweepAsync();
        var stamp = await SignAsync();
        var second = await fixture.SweepAsync();

        Assert.Empty(first.Reset);
        Assert.Empty(second.Reset);
        Assert.Equal(("indexing", 1, 0), (await fixture.StatusAsync(row), await fixture.TokenAsync(row), await fixture.ResetsAsync(row)));
        Assert.InRange(
            (await fixture.Database.ReadAsync<DateTime>("SELECT now()", Token)) - stamp,
            TimeSpan.Zero,
            TimeSpan.FromSeconds(20)
        );
        Assert.Equal(stamp, await SignAsync());
        Assert.Contains("Stamped 1", Assert.Single(sweeper.Infos), StringComparison.Ordinal);

        await fixture.Database.RunAsync(
            "UPDATE repositories SET indexing_started_at = indexing_started_at - interval '31 minutes', indexing_heartbeat_at = "
                + "indexing_heartbeat_at - interval '31 minutes'",
            Token
        );
        Assert.Single((await fixture.SweepAsync()).Reset);

        Task<DateTime> SignAsync() =>
            fixture.Database.ReadAsync<DateTime>("SELECT GREATEST(indexing_started_at, indexing_heartbeat_at) FROM repositories", Token);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Rows_are_judged_by_the_clock_of_the_database(int hours)
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var stuck = await fixture.AddAsync("now() - interval '31 minutes'");
        await fixture.AddAsync("now() - interval '29 minutes'");
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(hours));

        var sweep = await fixture.NewSweeper(time: time).SweepAsync();

        Assert.Equal(stuck.ToString(), Assert.Single(sweep.Reset).Key);
    }

    [Fact]
    public async Task The_time_zone_of_the_session_does_not_matter()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.Database.RunAsync("ALTER TABLE repositories ADD COLUMN why text", Token);
        await fixture.Database.RunAsync($"ALTER DATABASE {fixture.Database.Name} SET timezone = 'Pacific/Kiritimati'", Token);
        var stuck = await fixture.AddAsync("now() - interval '31 minutes'");
        await fixture.AddAsync("now() - interval '29 minutes'");
        var since = await fixture.Database.ReadAsync<string>(
            "SELECT to_char(indexing_started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM repositories WHERE id = $1",
            Token,
            stuck
        );

        var sweep = await fixture
            .NewSweeper(file => new IndexingOptions { ConnectionFile = file, Targets = [new() { Error = "why" }] })
            .SweepAsync();

        Assert.Equal(stuck.ToString(), Assert.Single(sweep.Reset).Key);
        var why = await fixture.Database.ReadAsync<string>("SELECT why FROM repositories WHERE status = 'error'", Token);
        Assert.Equal($"No sign of life since {since}: reset by coderepo-operator, 1 of at most 5 times in a row.", why);
    }

    [Fact]
    public async Task A_role_with_another_isolation_level_sweeps_as_well()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.Database.RunAsync(
            $"ALTER DATABASE {fixture.Database.Name} SET default_transaction_isolation = 'serializable'",
            Token
        );
        await fixture.AddStuckAsync(20);

        var sweeps = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => fixture.SweepAsync()));

        Assert.All(sweeps, sweep => Assert.Equal(SweepOutcome.Swept, sweep.Outcome));
        Assert.Equal(20, sweeps.Sum(sweep => sweep.Reset.Count));
    }

    [Fact]
    public async Task A_row_that_is_reset_too_often_is_given_up_until_its_count_is_set_back()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var row = await fixture.AddStuckAsync();
        var sweeper = fixture.NewSweeper(file => new IndexingOptions
        {
            ConnectionFile = file,
            MaxResets = 2,
            Targets = [new() { Exhausted = "dead" }],
        });

        foreach (var (resets, status) in new[] { (1, "error"), (2, "error"), (3, "dead") })
        {
            var reset = Assert.Single((await sweeper.SweepAsync()).Reset);
            Assert.Equal((resets, status == "dead"), (reset.Resets, reset.IsExhausted));
            Assert.Equal((status, resets), (await fixture.StatusAsync(row), await fixture.ResetsAsync(row)));
            await TakeAgainAsync();
        }

        Assert.Equal(1, await sweeper.MetricAsync("rows_exhausted_total"));
        Assert.Equal(3, await sweeper.SilentResetsAsync());
        Assert.Contains(sweeper.Warnings, warning =>
            warning.Contains("Gave up 1", StringComparison.Ordinal) && warning.Contains("indexing_resets to 0", StringComparison.Ordinal)
        );

        await fixture.Database.RunAsync("UPDATE repositories SET indexing_resets = 0", Token);
        Assert.False(Assert.Single((await sweeper.SweepAsync()).Reset).IsExhausted);
        Assert.Equal(("error", 1), (await fixture.StatusAsync(row), await fixture.ResetsAsync(row)));

        async Task TakeAgainAsync()
        {
            await fixture.Database.RunAsync("UPDATE repositories SET status = 'indexing'", Token);
            await fixture.Database.RunAsync("UPDATE repositories SET indexing_started_at = now() - interval '1 hour'", Token);
        }
    }

    [Fact]
    public async Task A_dry_run_counts_and_reports_and_changes_nothing()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync(3);
        await fixture.AddAsync("NULL");
        await fixture.AddAsync("'infinity'");
        const string All = "SELECT md5(string_agg(r::text, ',' ORDER BY id)) FROM repositories r";
        var before = await fixture.Database.ReadAsync<string>(All, Token);
        var sweeper = fixture.NewSweeper(file => new IndexingOptions { ConnectionFile = file, DryRun = true });

        var sweep = await sweeper.SweepAsync();

        Assert.Equal(3, sweep.Reset.Count);
        Assert.Equal(before, await fixture.Database.ReadAsync<string>(All, Token));
        Assert.Contains("Would reset 3", Assert.Single(sweeper.Warnings), StringComparison.Ordinal);
        Assert.Equal(0, await sweeper.SilentResetsAsync());
        Assert.Equal(3, await sweeper.MetricAsync("rows_stuck"));
    }

    [Fact]
    public async Task Several_tables_are_swept_each_with_its_own_columns_and_words()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync();
        await fixture.Database.RunAsync(
            "INSERT INTO indexing_jobs (status, started_at) VALUES ('running', now() - interval '1 hour'), ('running', now()), "
                + "('pending', now() - interval '1 hour')",
            Token
        );
        var sweeper = fixture.NewSweeper(file => new IndexingOptions { ConnectionFile = file, Targets = [new(), IndexingFixture.Jobs] });

        var sweeps = await sweeper.SweepAllAsync();

        Assert.Equal([1, 1], sweeps.Select(sweep => sweep.Reset.Count));
        Assert.All(sweeps, sweep => Assert.Equal(SweepOutcome.Swept, sweep.Outcome));
        Assert.Null(sweeps[1].Reset[0].Resets);
        Assert.Matches(
            "^No sign of life since 20[-0-9T:]+Z: reset by coderepo-operator[.]$",
            await fixture.Database.ReadAsync<string>(
                "SELECT string_agg(error_message, '|') FROM indexing_jobs WHERE status = 'failed'",
                Token
            )
        );
    }

    /// <summary>Names as bad as they may be, an enum, a key of two words, columns that may be null, a message with a length.</summary>
    [Fact]
    public async Task Odd_names_and_types_are_taken_as_they_are()
    {
        const string Schema = """"
            CREATE SCHEMA "Select";
            CREATE TYPE "Select".state AS ENUM ('it''s "\ active', 'reset', 'dead');
            CREATE TABLE "Select"."a;DROP TABLE t--" (
              "key" text PRIMARY KEY, "threshold" "Select".state NOT NULL, "seen" timestamptz, "found" bigint, "t" int, "Größe ""x""" varchar(20));
            INSERT INTO "Select"."a;DROP TABLE t--" VALUES
              ('{a,"b"}\', 'it''s "\ active', now() - interval '1 hour', NULL, NULL),
              ('NULL', 'it''s "\ active', now() - interval '1 hour', 7, 0),
              ('', 'it''s "\ active', now(), 7, 0);
            """";
        await using var fixture = await IndexingFixture.CreateAsync(server, Schema);
        var target = new IndexingTarget
        {
            Name = "odd",
            Schema = "Select",
            Table = "a;DROP TABLE t--",
            Key = "key",
            Status = "threshold",
            Started = "seen",
            Heartbeat = "",
            Token = "found",
            Resets = "t",
            Error = "Größe \"x\"",
            Active = "it's \"\\ active",
            Reset = "reset",
            Exhausted = "dead",
        };
        var codeRepos = new FixedThresholds(new("{a,\"b\"}\\", TimeSpan.FromMinutes(59)), new("NULL", TimeSpan.FromMinutes(61)));

        var own = await fixture
            .NewSweeper(
                file => new IndexingOptions
                {
                    ConnectionFile = file,
                    Targets = [target],
                    MaxResets = 0,
                },
                codeRepos: codeRepos
            )
            .SweepAsync();
        var others = await fixture
            .NewSweeper(file => new IndexingOptions
            {
                ConnectionFile = file,
                Targets = [target],
                MaxResets = 0,
            })
            .SweepAsync();

        Assert.Null(own.Why);
        Assert.Equal("{a,\"b\"}\\", Assert.Single(own.Reset).Key);
        Assert.Equal("NULL", Assert.Single(others.Reset).Key);
        Assert.Equal(
            "{a,\"b\"}\\/dead/1/1/No sign of life sinc",
            await fixture.Database.ReadAsync<string>(
                "SELECT concat_ws('/', key, threshold, found, t, \"Größe \"\"x\"\"\") FROM \"Select\".\"a;DROP TABLE t--\" WHERE key LIKE '{%'",
                Token
            )
        );
    }

    [Fact]
    public async Task A_row_may_have_a_threshold_of_its_own_above_or_below_that_of_its_table()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        var patient = await fixture.AddAsync("now() - interval '90 minutes'");
        var hasty = await fixture.AddAsync("now() - interval '11 minutes'");
        var other = await fixture.AddAsync("now() - interval '31 minutes'");
        var live = await fixture.AddAsync("now() - interval '11 minutes'");
        var codeRepos = new FixedThresholds(
            new(patient.ToString(), TimeSpan.FromHours(2)),
            new(hasty.ToString(), TimeSpan.FromMinutes(10)),
            new(Guid.NewGuid().ToString(), TimeSpan.FromMinutes(5))
        );
        var sweeper = fixture.NewSweeper(codeRepos: codeRepos);

        var sweep = await sweeper.SweepAsync();

        Assert.Equal(new[] { hasty.ToString(), other.ToString() }.Order(), sweep.Reset.Select(row => row.Key).Order());
        Assert.Equal(("indexing", "indexing"), (await fixture.StatusAsync(patient), await fixture.StatusAsync(live)));
        Assert.Equal(0, sweep.SkippedLocked);
        Assert.Same(sweep, Assert.Single(codeRepos.Reported));
    }

    [Fact]
    public async Task Many_rows_are_reset_in_batches_and_the_log_names_twenty()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await fixture.AddStuckAsync(2_500);
        var sweeper = fixture.NewSweeper();

        var sweep = await sweeper.SweepAsync();

        Assert.Equal(2_500, sweep.Reset.Select(row => row.Key).Distinct().Count());
        Assert.Equal(2_500, await fixture.CountAsync("error"));
        Assert.Equal(2_500, await sweeper.SilentResetsAsync());
        Assert.Equal(20, sweep.Reset.Count(row => sweeper.Warnings[0].Contains(row.Key, StringComparison.Ordinal)));
        Assert.True(sweep.Reset[0].Age > sweep.Reset[^1].Age);
    }
}

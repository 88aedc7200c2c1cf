using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Migrations;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Claiming;

/// <summary>The history: who held which row when, and how that ended.</summary>
[Trait("Category", "Slow")]
public sealed class AttemptsTests(PostgresServer server)
{
    private const string Id = "00000000-0000-0000-0000-000000000001";

    private static readonly IndexingTarget Target = new() { Attempts = "coderepo_indexing_attempts" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_that_ends_leaves_when_and_by_whom_and_how()
    {
        await using var fixture = await StartAsync();

        await fixture.Database.RunAsync($"SELECT coderepo_claim('{Id}', holder => 'me')", Token);
        Assert.Equal("1 me running", await HistoryAsync(fixture));
        await fixture.Database.RunAsync($"SELECT coderepo_heartbeat('{Id}', 1); SELECT coderepo_finish('{Id}', 1, 'indexed')", Token);
        await fixture.Database.RunAsync($"SELECT coderepo_claim('{Id}', holder => 'me')", Token);

        Assert.Equal("1 me finished indexed, 2 me running", await HistoryAsync(fixture));
        Assert.True(
            await fixture.Database.ReadAsync<bool>(
                $"SELECT key = '{Id}' AND started <= ended AND ended <= now() AND started > now() - interval '5 minutes' "
                    + "FROM coderepo_indexing_attempts WHERE token = 1",
                Token
            )
        );
    }

    [Theory]
    [InlineData("UPDATE repositories SET status = 'indexed'", "1 me finished indexed")]
    [InlineData("UPDATE repositories SET status = 'error', indexing_resets = 1", "1 me reset error")]
    [InlineData("UPDATE repositories SET status = NULL", "1 me finished")]
    [InlineData("DELETE FROM repositories", "1 me deleted")]
    [InlineData("SELECT coderepo_claim(id, '0', 'other') FROM repositories", "1 me taken_over, 2 other running")]
    [InlineData("SELECT coderepo_claim(id, '0', 'me') FROM repositories", "1 me taken_over, 2 me running")]
    [InlineData("SELECT coderepo_claim(id, '0') FROM repositories", "1 me taken_over, 2 running")]
    [InlineData("UPDATE repositories SET status = status, name = 'other', indexing_heartbeat_at = now()", "1 me running")]
    [InlineData("UPDATE repositories SET indexing_holder = 'other'", "1 other running")]
    [InlineData("UPDATE repositories SET name = 'leave'", "1 me finished indexed")]
    public async Task Each_way_out_is_seen(string change, string history)
    {
        await using var fixture = await StartAsync();
        await fixture.Database.RunAsync(
            """
            CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.status := 'indexed'; RETURN NEW; END $$;
            CREATE TRIGGER leave BEFORE UPDATE ON repositories FOR EACH ROW WHEN (NEW.name = 'leave') EXECUTE FUNCTION leave();
            """,
            Token
        );
        await fixture.Database.RunAsync($"SELECT coderepo_claim('{Id}', holder => 'me')", Token);

        await fixture.Database.RunAsync(change, Token);

        Assert.Equal(history, await HistoryAsync(fixture));
    }

    [Theory]
    [InlineData("UPDATE repositories SET status = 'indexing', indexing_holder = 'me'", "1 me running")]
    [InlineData("UPDATE repositories SET name = 'take'", "1 running")]
    [InlineData("SELECT coderepo_claim_next('{cloned}', '1 hour', 'me')", "1 me running")]
    [InlineData(
        "DELETE FROM repositories; INSERT INTO repositories (status) VALUES ('indexing'); UPDATE repositories SET status = 'x'",
        "finished x"
    )]
    [InlineData(
        "DELETE FROM repositories; INSERT INTO repositories (status, indexing_started_at) VALUES ('indexing', 'infinity')",
        "running"
    )]
    [InlineData("UPDATE repositories SET status = 'pending', name = 'other'", null)]
    public async Task Each_way_in_is_seen(string change, string? history)
    {
        await using var fixture = await StartAsync();
        await fixture.Database.RunAsync(
            """
            CREATE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.status := 'indexing'; RETURN NEW; END $$;
            CREATE TRIGGER take BEFORE UPDATE ON repositories FOR EACH ROW WHEN (NEW.name = 'take') EXECUTE FUNCTION take();
            """,
            Token
        );

        await fixture.Database.RunAsync(change, Token);

        // The token of a row that is inserted is a time.
        var seen = await HistoryAsync(fixture);
        Assert.Equal(history, change.Contains("INSERT", StringComparison.Ordinal) ? seen?[(seen.IndexOf(' ') + 1)..] : seen);
    }

    [Fact]
    public async Task A_reset_says_why()
    {
        await using var fixture = await StartAsync();
        await fixture.Database.RunAsync(
            """
            INSERT INTO repositories (name, status, indexing_holder) VALUES ('silent', 'indexing', 'one'), ('left', 'indexing', 'two');
            UPDATE repositories SET indexing_started_at = now() - interval '1 hour' WHERE name = 'silent';
            """,
            Token
        );
        await using var connection = await fixture.Database.Source.OpenConnectionAsync(Token);
        var sql = new SweepSql(Target, (await ColumnProbe.ReadAsync(connection, Target, Token))!, new IndexingOptions());

        await using (var batch = new NpgsqlBatch(connection) { BatchCommands = { sql.ResetLeft(["two"], keys: null, 10) } })
        {
            await batch.ExecuteNonQueryAsync(Token);
        }

        Assert.Single((await fixture.SweepAsync(Target)).Reset);
        Assert.Equal(
            "one silent error, two pod_gone error",
            await fixture.Database.ReadAsync<string>(
                "SELECT string_agg(concat_ws(' ', holder, how, status), ', ' ORDER BY holder) FROM coderepo_indexing_attempts",
                Token
            )
        );
    }

    [Fact]
    public async Task A_row_that_was_active_before_there_was_a_history_is_in_it_when_it_ends()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await fixture.MigrateAsync(MigrationFixture.Settings());
        await fixture.Database.RunAsync("INSERT INTO repositories (status) VALUES ('indexing')", Token);
        await fixture.MigrateAsync(MigrationFixture.Settings(Target));

        await fixture.Database.RunAsync("UPDATE repositories SET status = 'indexed'", Token);

        Assert.Equal(
            "finished indexed t",
            await fixture.Database.ReadAsync<string>(
                "SELECT string_agg(concat_ws(' ', how, status, started < ended), ', ') FROM coderepo_indexing_attempts",
                Token
            )
        );
    }

    [Fact]
    public async Task The_newest_of_each_row_are_kept()
    {
        await using var fixture = await StartAsync(maxAttempts: 3);
        await fixture.Database.RunAsync("INSERT INTO repositories (status) VALUES ('indexing')", Token);

        for (var claim = 1; claim <= 5; claim++)
        {
            await fixture.Database.RunAsync($"SELECT coderepo_claim('{Id}', '0')", Token);
        }

        Assert.Equal(
            "3 4 5",
            await fixture.Database.ReadAsync<string>(
                $"SELECT string_agg(token::text, ' ' ORDER BY token) FROM coderepo_indexing_attempts WHERE key = '{Id}'",
                Token
            )
        );
        Assert.Equal(4L, await fixture.Database.ReadAsync<long>("SELECT count(*) FROM coderepo_indexing_attempts", Token));
    }

    /// <summary>Who writes rows can do nothing with the history, neither by a table of their own.</summary>
    [Fact]
    public async Task Who_writes_rows_needs_no_permission_for_it_and_has_none()
    {
        await using var fixture = await StartAsync(
            before: "CREATE ROLE \"{0}\" LOGIN PASSWORD 'x'; GRANT CREATE ON SCHEMA public TO \"{0}\"; "
                + "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO \"{0}\"; "
                + "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO \"{0}\"; "
                + "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON FUNCTIONS TO \"{0}\"; GRANT ALL ON repositories TO \"{0}\"; "
        );
        await using var indexer = NpgsqlDataSource.Create(
            $"Host=127.0.0.1;Port={fixture.Database.Port};Username=indexer_{fixture.Database.Name};Password=x;Database="
                + $"{fixture.Database.Name};Pooling=false"
        );
        async Task<object?> RunAsync(string sql)
        {
            await using var command = indexer.CreateCommand(sql);
            return await command.ExecuteScalarAsync(Token);
        }

        Assert.Equal(1L, await RunAsync($"SELECT coderepo_claim('{Id}', holder => 'me')"));
        Assert.Equal(true, await RunAsync($"SELECT coderepo_finish('{Id}', 1, 'x')"));
        await RunAsync(
            """
            SELECT set_config('coderepo.cause', '<evil>', false); UPDATE repositories SET status = 'indexing';
            UPDATE repositories SET status = 'error', indexing_resets = 9;
            """
        );

        Assert.Equal("1 me finished x, 2 reset error", await HistoryAsync(fixture));
        string[] refused =
        [
            "SELECT * FROM coderepo_indexing_attempts",
            "DELETE FROM coderepo_indexing_attempts",
            "TRUNCATE coderepo_indexing_attempts",
            "INSERT INTO coderepo_indexing_attempts (key) VALUES ('x')",
            "SELECT nextval(pg_get_serial_sequence('coderepo_indexing_attempts', 'id'))",
            "SELECT coderepo_indexing_attempts_prune('0', 1000)",
            "CREATE TABLE mine (id uuid, status text); "
                + "CREATE TRIGGER mine AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION coderepo_attempt_repositories()",
        ];
        foreach (var sql in refused)
        {
            var error = await Assert.ThrowsAsync<PostgresException>(() => RunAsync(sql));
            Assert.Equal((PostgresErrorCodes.InsufficientPrivilege, sql), (error.SqlState, sql));
        }
    }

    [Fact]
    public async Task It_belongs_to_the_owner_of_the_table_also_if_a_superuser_has_migrated()
    {
        await using var fixture = await StartAsync(before: "CREATE ROLE \"{0}\"; ALTER TABLE repositories OWNER TO \"{0}\"");

        Assert.Equal(
            3L,
            await fixture.Database.ReadAsync<long>(
                "SELECT (SELECT count(*) FROM pg_class WHERE relname = 'coderepo_indexing_attempts' AND relowner = $1::regrole) + (SELECT "
                    + "count(*) FROM pg_proc WHERE prosecdef AND proowner = $1::regrole "
                    + "AND proconfig = '{\"search_path=pg_catalog, pg_temp\"}')",
                Token,
                $"indexer_{fixture.Database.Name}"
            )
        );
        await fixture.Database.RunAsync($"SELECT coderepo_claim('{Id}')", Token);
        Assert.Equal("1 running", await HistoryAsync(fixture));
    }

    [Theory]
    [InlineData("DROP TABLE coderepo_indexing_attempts")]
    [InlineData("ALTER TABLE coderepo_indexing_attempts ADD CHECK (false)")]
    [InlineData("ALTER TABLE coderepo_indexing_attempts DROP COLUMN how, DROP COLUMN token")]
    [InlineData(
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$; CREATE TRIGGER no BEFORE INSERT OR UPDATE "
            + "ON coderepo_indexing_attempts FOR EACH ROW EXECUTE FUNCTION no()"
    )]
    public async Task A_history_that_is_broken_keeps_no_row_from_being_claimed_reset_or_finished(string change)
    {
        await using var fixture = await StartAsync();
        await fixture.Database.RunAsync(change, Token);

        Assert.Equal(1L, await fixture.Database.ReadAsync<long>($"SELECT coderepo_claim('{Id}')", Token));
        await fixture.Database.RunAsync("UPDATE repositories SET indexing_started_at = now() - interval '1 hour'", Token);
        Assert.Single((await fixture.SweepAsync(Target)).Reset);
        Assert.Equal(3L, await fixture.Database.ReadAsync<long>($"SELECT coderepo_claim('{Id}')", Token));
        Assert.True(await fixture.Database.ReadAsync<bool>($"SELECT coderepo_finish('{Id}', 3, 'indexed')", Token));
    }

    [Fact]
    public async Task Texts_of_any_length_are_cut_off()
    {
        await using var fixture = await MigrationFixture.StartAsync(server, "CREATE TABLE repositories (id text PRIMARY KEY, status text)");
        await fixture.MigrateAsync(MigrationFixture.Settings(Target));

        // Compressed, the key fits into the index of the table.
        await fixture.Database.RunAsync("INSERT INTO repositories VALUES (repeat('ü', 2000), 'pending')", Token);
        await fixture.Database.RunAsync("SELECT coderepo_claim(id, holder => repeat('☃', 1000000)) FROM repositories", Token);
        await fixture.Database.RunAsync("UPDATE repositories SET status = repeat('x', 1000)", Token);

        Assert.Equal(
            "400 400 400 finished",
            await fixture.Database.ReadAsync<string>(
                "SELECT concat_ws(' ', length(key), length(holder), length(status), how) FROM coderepo_indexing_attempts",
                Token
            )
        );
    }

    [Fact]
    public async Task A_sweep_prunes_what_is_old_by_no_more_than_the_permission_for_that()
    {
        await using var fixture = await StartAsync(before: "CREATE ROLE \"{0}\" LOGIN PASSWORD 'x'");
        var role = $"indexer_{fixture.Database.Name}";
        await fixture.Database.RunAsync(
            $"""
            GRANT SELECT (id, status, indexing_started_at, indexing_heartbeat_at, indexing_token, indexing_resets),
              UPDATE (status, indexing_started_at, indexing_heartbeat_at, indexing_token, indexing_resets, indexing_not_before)
              ON repositories TO {role};
            INSERT INTO coderepo_indexing_attempts (key, token, started, ended)
              SELECT 'old', n, now() - interval '32 days', now() - interval '31 days' FROM generate_series(1, 2500) n;
            INSERT INTO coderepo_indexing_attempts (key, started, ended) VALUES
              ('ended', now() - interval '40 days', now() - interval '29 days'),
              ('running', now() - interval '29 days', NULL), ('lost', now() - interval '31 days', NULL);
            """,
            Token
        );
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "connection");
        await File.WriteAllTextAsync(
            file,
            $"Host=127.0.0.1;Port={fixture.Database.Port};Username={role};Password=x;Database={fixture.Database.Name}",
            Token
        );
        await using var sweeper = new IndexingSweeper(
            new IndexingOptions { ConnectionFile = file, Targets = [Target] },
            TimeProvider.System,
            new NoCodeRepos()
        );

        Assert.Equal(SweepOutcome.Swept, (await sweeper.SweepAsync()).Outcome);
        await sweeper.SweepAsync();
        Assert.Contains(
            "run coderepo-operator migrate, and GRANT EXECUTE ON FUNCTION \"public\".\"coderepo_indexing_attempts_prune\" to",
            Assert.Single(sweeper.Warnings),
            StringComparison.Ordinal
        );
        await fixture.Database.RunAsync($"GRANT EXECUTE ON FUNCTION coderepo_indexing_attempts_prune TO {role}", Token);
        await sweeper.SweepAsync(dryRun: true);
        Assert.Equal(2503L, await fixture.Database.ReadAsync<long>("SELECT count(*) FROM coderepo_indexing_attempts", Token));
        await sweeper.SweepAsync();

        Assert.Equal(
            "ended running",
            await fixture.Database.ReadAsync<string>("SELECT string_agg(key, ' ' ORDER BY key) FROM coderepo_indexing_attempts", Token)
        );
        Assert.Single(sweeper.Warnings);
    }

    [Fact]
    public async Task It_is_found_by_an_index_whatever_is_asked()
    {
        await using var fixture = await StartAsync();
        await fixture.Database.RunAsync(
            """
            INSERT INTO coderepo_indexing_attempts (key, token, started, ended)
              SELECT gen_random_uuid(), n, now() - interval '1 day', now() - interval '1 day' FROM generate_series(1, 20000) n;
            ANALYZE coderepo_indexing_attempts;
            """,
            Token
        );
        await using var connection = await fixture.Database.Source.OpenConnectionAsync(Token);
        await using var command = new NpgsqlCommand(
            $"""
            SELECT pg_stat_reset_single_table_counters('coderepo_indexing_attempts'::regclass); SELECT pg_stat_force_next_flush();
            SELECT coderepo_claim('{Id}'), coderepo_finish('{Id}', 1, 'x'), coderepo_indexing_attempts_prune('1 hour', 10);
            SELECT pg_stat_force_next_flush();
            """,
            connection
        );
        await command.ExecuteNonQueryAsync(Token);
        await using var read = new NpgsqlCommand(
            "SELECT concat_ws(' ', seq_scan, n_tup_del) FROM pg_stat_user_tables WHERE relname = 'coderepo_indexing_attempts'",
            connection
        );

        Assert.Equal("0 10", await read.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task It_is_for_tables_of_other_shapes_too_each_with_its_own()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        var jobs = new IndexingTarget
        {
            Table = "indexing_jobs",
            Started = "started_at",
            Active = "running",
            Reset = "failed",
            Url = "",
            Attempts = "job_attempts",
        };
        await fixture.MigrateAsync(MigrationFixture.Settings(Target, jobs));
        await fixture.Database.RunAsync(
            "INSERT INTO indexing_jobs (status) VALUES ('running'); UPDATE indexing_jobs SET status = 'completed'",
            Token
        );

        Assert.Equal(
            "finished completed",
            await fixture.Database.ReadAsync<string>("SELECT how || ' ' || status FROM job_attempts", Token)
        );
        Assert.Null(await HistoryAsync(fixture));
        Assert.Null(await fixture.PrintAsync(MigrationFixture.Settings(Target, jobs)));
    }

    [Fact]
    public async Task It_ends_with_its_setting_and_is_dropped_on_the_way_back()
    {
        await using var fixture = await StartAsync();
        Assert.Null(await fixture.PrintAsync(MigrationFixture.Settings(Target)));
        await fixture.Database.RunAsync($"SELECT coderepo_claim('{Id}')", Token);

        await fixture.MigrateAsync(MigrationFixture.Settings());
        Assert.Null(await fixture.PrintAsync(MigrationFixture.Settings()));
        await fixture.Database.RunAsync($"SELECT coderepo_finish('{Id}', 1, 'indexed')", Token);
        Assert.Equal("1 running", await HistoryAsync(fixture));

        await fixture.MigrateAsync(MigrationFixture.Settings(new IndexingTarget { Attempts = "other_attempts" }));
        await fixture.Database.RunAsync($"SELECT coderepo_claim('{Id}')", Token);
        Assert.Equal("1 running", await HistoryAsync(fixture));
        Assert.Equal(2L, await fixture.Database.ReadAsync<long>("SELECT token FROM other_attempts", Token));

        var printed = (await fixture.PrintAsync(MigrationFixture.Settings(), MigrationDirection.Down))!;
        var outcome = await fixture.PsqlAsync(printed);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Null(await fixture.PrintAsync(MigrationFixture.Settings(), MigrationDirection.Down));
        Assert.Equal(
            0L,
            await fixture.Database.ReadAsync<long>(
                "SELECT (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal) + (SELECT count(*) FROM pg_proc WHERE proname ~ "
                    + "'coderepo|attempt') + (SELECT count(*) FROM pg_class WHERE relname ~ 'attempt') + (SELECT count(*) FROM "
                    + "pg_attribute WHERE attname LIKE 'indexing\\_%')",
                Token
            )
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Psql_makes_what_migrate_makes_and_a_renamed_table_keeps_its_history(bool isMigratedAgain)
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        var outcome = await fixture.PsqlAsync((await fixture.PrintAsync(MigrationFixture.Settings(Target)))!);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Null(await fixture.PrintAsync(MigrationFixture.Settings(Target)));
        await fixture.Database.RunAsync("INSERT INTO repositories (status) VALUES ('indexing')", Token);
        await fixture.Database.RunAsync("ALTER TABLE repositories RENAME TO repos", Token);
        var renamed = MigrationFixture.Settings(new IndexingTarget { Table = "repos", Attempts = Target.Attempts });

        if (isMigratedAgain)
        {
            await fixture.MigrateAsync(renamed);
            Assert.Null(await fixture.PrintAsync(renamed));
        }

        await fixture.Database.RunAsync("UPDATE repos SET status = 'indexed'", Token);
        Assert.Equal("finished", await fixture.Database.ReadAsync<string>("SELECT how FROM coderepo_indexing_attempts", Token));
        await fixture.MigrateAsync(renamed, MigrationDirection.Down);
        Assert.Equal(
            0L,
            await fixture.Database.ReadAsync<long>(
                "SELECT (SELECT count(*) FROM pg_proc WHERE proname LIKE 'coderepo%') + (SELECT count(*) FROM pg_class WHERE relname LIKE "
                    + "'coderepo%')",
                Token
            )
        );
    }

    [Fact]
    public async Task A_name_that_something_else_has_is_refused()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);

        var refused = await Assert.ThrowsAsync<SetupException>(() =>
            fixture.MigrateAsync(MigrationFixture.Settings(new IndexingTarget { Attempts = "indexing_jobs" }))
        );

        Assert.Contains(
            "Indexing:Targets:0:Attempts is indexing_jobs, which is something else in the schema public: name another",
            refused.Message,
            StringComparison.Ordinal
        );
    }

    private static async Task<string?> HistoryAsync(MigrationFixture fixture) =>
        await fixture.Database.ReadAsync<string>(
            "SELECT string_agg(concat_ws(' ', token, holder, COALESCE(how, 'running'), status), ', ' ORDER BY token) "
                + "FROM coderepo_indexing_attempts",
            Token
        );

    /// <summary>A migrated table with one row, whose tokens begin with 1.</summary>
    /// <param name="maxAttempts">How many of a row's attempts are kept.</param>
    /// <param name="before">What is done before the migration; <c>{0}</c> in it is a role of this test.</param>
    private async Task<MigrationFixture> StartAsync(int maxAttempts = 100, string before = "")
    {
        var fixture = await MigrationFixture.StartAsync(server);
        var role = $"indexer_{fixture.Database.Name}";
        if (before.Length > 0)
        {
            await fixture.Database.RunAsync(before.Replace("{0}", role, StringComparison.Ordinal), Token);
        }

        await fixture.MigrateAsync(new IndexingOptions { Targets = [Target], MaxAttempts = maxAttempts });
        await fixture.Database.RunAsync($"INSERT INTO repositories (id, status) VALUES ('{Id}', 'cloned')", Token);
        await fixture.Database.RunAsync("UPDATE repositories SET indexing_token = 0", Token);
        return fixture;
    }
}

using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>Migrations that end before they are through, and two at once.</summary>
public sealed class InterruptedMigrationTests(PostgresServer server)
{
    private const string IsWhole = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('coderepo_active_repositories')";
    private const string Building = "CREATE INDEX CONCURRENTLY";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_index_whose_session_was_ended_is_made_anew_by_the_next_run()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await using (await OldTransactionAsync(fixture))
        {
            var migration = fixture.MigrateAsync(MigrationFixture.Settings());
            var process = await WhenBuildingAsync(fixture);
            await fixture.Database.RunAsync("SELECT pg_terminate_backend($1)", Token, process);
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => migration);
            await Eventually.HoldsAsync(
                "the index is left behind",
                async token => await fixture.Database.ReadAsync<bool?>(IsWhole, token) == false,
                TimeSpan.FromSeconds(10),
                Token
            );
        }

        await fixture.MigrateAsync(MigrationFixture.Settings());

        Assert.True(await fixture.Database.ReadAsync<bool>(IsWhole, Token));
        Assert.Null(await fixture.PrintAsync(MigrationFixture.Settings()));
    }

    [Fact]
    public async Task One_that_is_reported_to_stop_ends_at_once_and_the_next_goes_on()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await using (await OldTransactionAsync(fixture))
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var migration = fixture.MigrateAsync(MigrationFixture.Settings(), cancellationToken: stop.Token);
            await WhenBuildingAsync(fixture);
            await stop.CancelAsync();

            // The old transaction, for which it waited, is still there.
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
                migration.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Token)
            );
        }

        await fixture.MigrateAsync(MigrationFixture.Settings());

        Assert.True(await fixture.Database.ReadAsync<bool>(IsWhole, Token));
    }

    [Fact]
    public async Task The_next_run_waits_for_what_a_killed_one_left_running_at_the_server()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        Task next;
        await using (await OldTransactionAsync(fixture))
        {
            using var kill = CancellationTokenSource.CreateLinkedTokenSource(Token);
            await using var database = new NpgsqlConnection($"{fixture.Database.ConnectionString};Pooling=false");
            await database.OpenAsync(Token);
            await using var hold = new NpgsqlCommand($"SELECT pg_advisory_lock({MigrationLock.Key})", database);
            await hold.ExecuteNonQueryAsync(Token);
            next = fixture.MigrateAsync(MigrationFixture.Settings());
            await Eventually.True(
                () => fixture.Log.Entries.Any(entry => entry.Text.StartsWith("Another migrate is at work", StringComparison.Ordinal)),
                TimeSpan.FromSeconds(10),
                Token
            );
            Assert.Equal(0L, await fixture.Database.ReadAsync<long>("SELECT count(*) FROM pg_class WHERE relname LIKE 'coderepo%'", Token));
        }

        await next;
        Assert.True(await fixture.Database.ReadAsync<bool>(IsWhole, Token));
    }

    [Fact]
    public async Task Of_two_at_once_one_does_the_work_and_the_other_finds_it_done()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        Task[] both;
        await using (await OldTransactionAsync(fixture))
        {
            both = [fixture.MigrateAsync(MigrationFixture.Settings()), fixture.MigrateAsync(MigrationFixture.Settings())];
            await WhenBuildingAsync(fixture);
            await Eventually.True(
                () => fixture.Log.Entries.Any(entry => entry.Text.StartsWith("Another migrate is at work", StringComparison.Ordinal)),
                TimeSpan.FromSeconds(10),
                Token
            );
        }

        // If the one that waits held a snapshot, the index would wait for it, and it for the index.
        await Task.WhenAll(both).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token);

        Assert.Equal(
            "0001_columns.sql 0002_active_index.sql 0003_url_index.sql 0008_waiting_index.sql 0004_functions.sql 0005_trigger.sql",
            await fixture.JournalAsync()
        );
        Assert.Single(fixture.Log.Entries, entry => entry.Text == "public.repositories: nothing to do");
    }

    [Theory]
    [InlineData("ALTER TABLE")]
    [InlineData("CREATE OR REPLACE FUNCTION")]
    [InlineData("CREATE TRIGGER")]
    [InlineData("COMMENT ON INDEX")]
    public async Task Wherever_it_fails_the_next_run_goes_on(string statement)
    {
        // A superuser's event trigger or a full disk may end any statement: here the journal or the catalog refuses it.
        await using var fixture = await MigrationFixture.StartAsync(server);
        await fixture.Database.RunAsync(Refusing(statement), Token);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => fixture.MigrateAsync(MigrationFixture.Settings()));
        await fixture.Database.RunAsync("DROP EVENT TRIGGER refuses; DROP FUNCTION refuse CASCADE", Token);

        await fixture.MigrateAsync(MigrationFixture.Settings());

        Assert.Null(await fixture.PrintAsync(MigrationFixture.Settings()));
        await fixture.MigrateAsync(MigrationFixture.Settings(), MigrationDirection.Down);
        Assert.Equal(
            12L,
            await fixture.Database.ReadAsync<long>(
                "SELECT count(*) FROM pg_attribute WHERE attrelid = 'repositories'::regclass AND attnum > 0 AND NOT attisdropped",
                Token
            )
        );
    }

    [Theory]
    [InlineData("P0001", "refused (SQLSTATE P0001)")]
    [InlineData("42501", "the database refuses (refused): run migrate as the owner of the tables")]
    public async Task A_failure_that_no_other_run_mends_says_what_is_done_and_what_is_not(string code, string why)
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await fixture.Database.RunAsync(
            Refusing("CREATE TRIGGER").Replace("'refused'", $"'refused' USING ERRCODE = '{code}'", StringComparison.Ordinal),
            Token
        );

        var failed = await fixture.ProgramAsync([]);

        Assert.Equal(1, failed.ExitCode);
        Assert.Contains(
            $"Failed half-way: {why}. Done: public.repositories 0001_columns.sql, public.repositories 0002_active_index.sql, "
                + "public.repositories 0003_url_index.sql, public.repositories 0008_waiting_index.sql, "
                + "public.repositories 0004_functions.sql. Not done: public.repositories 0005_trigger.sql. Correct that, "
                + "and run it again: it goes on from where it was",
            failed.Output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Limits_of_time_that_the_role_has_do_not_hold_for_the_session()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        const string Limits = """
            SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings WHERE name LIKE '%\_timeout' AND context = 'user'
              AND name !~ '^(tcp|wal)' AND setting <> '0'
            """;
        const string Set = """
            SET statement_timeout = '3s'; SET lock_timeout = '3s'; SET idle_in_transaction_session_timeout = '3s'; SET idle_session_timeout = '3s';
            DO $$ BEGIN PERFORM set_config(name, '3s', false) FROM pg_settings WHERE name = 'transaction_timeout'; END $$;
            """;

        Assert.Contains(
            "idle_session_timeout=3000",
            await fixture.Database.ReadAsync<string>($"{Set} {Limits}", Token),
            StringComparison.Ordinal
        );
        Assert.Null(await fixture.Database.ReadAsync<string>($"{Set} {StepSql.Session} {Limits}", Token));
    }

    [Fact]
    public async Task A_lost_session_is_not_replaced_by_one_without_the_lock()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await using (var old = await OldReaderAsync(fixture))
        {
            // It tries again and again for the lock of the table, and is between two tries when its session ends.
            var migration = fixture.MigrateAsync(MigrationFixture.Settings());
            await Eventually.True(
                () => fixture.Log.Entries.Any(entry => entry.Text.Contains("blocks nobody meanwhile", StringComparison.Ordinal)),
                TimeSpan.FromSeconds(10),
                Token
            );
            await fixture.Database.RunAsync(
                "SELECT pg_terminate_backend(l.pid) FROM pg_locks l WHERE l.locktype = 'advisory' AND l.database = (SELECT oid FROM "
                    + "pg_database WHERE datname = current_database())",
                Token
            );

            await Assert.ThrowsAnyAsync<NpgsqlException>(() => migration.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Token));
        }

        Assert.Equal(0L, await fixture.Database.ReadAsync<long>("SELECT count(*) FROM pg_class WHERE relname LIKE 'coderepo%'", Token));
    }

    private static async Task<NpgsqlTransaction> OldReaderAsync(MigrationFixture fixture)
    {
        var connection = await fixture.Database.Source.OpenConnectionAsync(Token);
        var transaction = await connection.BeginTransactionAsync(Token);
        await using var read = new NpgsqlCommand("SELECT FROM repositories", connection);
        await read.ExecuteNonQueryAsync(Token);
        return transaction;
    }

    private static string Refusing(string statement) =>
        $"""
            CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
              IF current_query() LIKE '%{statement.Replace(
                "'",
                "''",
                StringComparison.Ordinal
            )}%' AND current_query() NOT LIKE '%refuse%' THEN
                RAISE EXCEPTION 'refused';
              END IF;
            END $$;
            CREATE EVENT TRIGGER refuses ON ddl_command_start EXECUTE FUNCTION refuse();
            """;

    /// <summary>A transaction with a snapshot, for whose end CREATE INDEX CONCURRENTLY waits.</summary>
    private static async Task<NpgsqlTransaction> OldTransactionAsync(MigrationFixture fixture)
    {
        var connection = await fixture.Database.Source.OpenConnectionAsync(Token);
        var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, Token);
        await using var command = new NpgsqlCommand("SELECT 1", connection);
        await command.ExecuteScalarAsync(Token);
        return transaction;
    }

    private static Task<int> WhenBuildingAsync(MigrationFixture fixture) => fixture.WhenWaitingAsync(Building);
}

using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>What a migration makes, makes anew, and leaves alone.</summary>
public sealed class MigrationTests(PostgresServer server)
{
    private const string AllScripts =
        "0001_columns.sql 0002_active_index.sql 0003_url_index.sql 0008_waiting_index.sql 0004_functions.sql 0005_trigger.sql";

    private static readonly IndexingOptions Original = MigrationFixture.Settings(new IndexingTarget(), MigrationFixture.Jobs);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_original_schema_can_be_claimed_after_it()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await fixture.Database.RunAsync("INSERT INTO repositories (name) VALUES ('a'); INSERT INTO indexing_jobs DEFAULT VALUES", Token);

        await fixture.MigrateAsync(Original);

        Assert.Equal(1L, await fixture.Database.ReadAsync<long>("SELECT coderepo_claim(id) FROM repositories", Token));
        Assert.Equal(1L, await fixture.Database.ReadAsync<long>("SELECT coderepo_claim_indexing_jobs(id) FROM indexing_jobs", Token));
        Assert.True(
            await fixture.Database.ReadAsync<bool>("SELECT coderepo_finish_indexing_jobs(id, 1, 'completed') FROM indexing_jobs", Token)
        );
    }

    [Fact]
    public async Task Rows_that_are_active_already_stay_as_they_are()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await fixture.Database.RunAsync("INSERT INTO repositories (status) VALUES ('indexing')", Token);
        var before = await fixture.Database.ReadAsync<string>("SELECT xmin::text FROM repositories", Token);

        await fixture.MigrateAsync(Original);

        Assert.Equal(
            before,
            await fixture.Database.ReadAsync<string>(
                "SELECT xmin::text FROM repositories WHERE indexing_started_at IS NULL AND indexing_token = 0",
                Token
            )
        );
    }

    [Fact]
    public async Task A_second_run_finds_nothing_to_do()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await fixture.MigrateAsync(MigrationFixture.Settings());
        fixture.Log.Forget();

        await fixture.MigrateAsync(MigrationFixture.Settings());

        Assert.Equal("public.repositories: nothing to do", Assert.Single(fixture.Log.Entries).Text);
        Assert.Equal(AllScripts, await fixture.JournalAsync());
        Assert.Null(await fixture.PrintAsync(MigrationFixture.Settings()));
    }

    [Fact]
    public async Task Another_limit_of_resets_replaces_all_that_knows_it()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await fixture.MigrateAsync(MigrationFixture.Settings());
        await fixture.Database.RunAsync("INSERT INTO repositories (indexing_resets) VALUES (2)", Token);

        await fixture.MigrateAsync(new IndexingOptions { MaxResets = 1 });

        Assert.Equal($"{AllScripts} 0008_waiting_index.sql 0004_functions.sql", await fixture.JournalAsync());
        Assert.Null(await fixture.Database.ReadAsync<long?>("SELECT coderepo_claim(id) FROM repositories", Token));
    }

    [Fact]
    public async Task Another_active_status_replaces_all_that_knows_it()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await fixture.MigrateAsync(MigrationFixture.Settings());

        await fixture.MigrateAsync(MigrationFixture.Settings(new IndexingTarget { Active = "busy" }));

        Assert.Equal(
            $"{AllScripts} 0002_active_index.sql 0008_waiting_index.sql 0004_functions.sql 0005_trigger.sql",
            await fixture.JournalAsync()
        );
        Assert.Contains(
            "'busy'",
            await fixture.Database.ReadAsync<string>("SELECT pg_get_indexdef('coderepo_active_repositories'::regclass)", Token),
            StringComparison.Ordinal
        );
        await fixture.Database.RunAsync("INSERT INTO repositories (status) VALUES ('indexing'), ('busy')", Token);
        Assert.Equal(
            "busy",
            await fixture.Database.ReadAsync<string>(
                "SELECT string_agg(status, ' ') FROM repositories WHERE indexing_started_at IS NOT NULL",
                Token
            )
        );
    }

    [Theory]
    [InlineData("DROP INDEX coderepo_active_repositories", "0002_active_index.sql")]
    [InlineData(
        "DROP INDEX coderepo_active_repositories; CREATE INDEX coderepo_active_repositories ON repositories (name)",
        "0002_active_index.sql"
    )]
    [InlineData("DROP FUNCTION coderepo_finish(uuid, bigint, text)", "0004_functions.sql")]
    [InlineData("DROP FUNCTION coderepo_claim_next(text[], interval, text)", "0004_functions.sql")]
    [InlineData("DROP INDEX coderepo_waiting_repositories", "0008_waiting_index.sql")]
    [InlineData("DROP TRIGGER coderepo_stamp_repositories ON repositories", "0005_trigger.sql")]
    [InlineData("ALTER TABLE repositories DISABLE TRIGGER coderepo_stamp_repositories", "0005_trigger.sql")]
    [InlineData("ALTER TABLE repositories DROP COLUMN indexing_resets", "0001_columns.sql 0008_waiting_index.sql")]
    [InlineData("ALTER TABLE repositories DROP COLUMN indexing_heartbeat_at", "0001_columns.sql 0002_active_index.sql")]
    [InlineData(
        "DROP TABLE coderepo_migrations",
        "0002_active_index.sql 0003_url_index.sql 0008_waiting_index.sql 0004_functions.sql 0005_trigger.sql"
    )]
    public async Task What_was_undone_by_hand_is_done_again(string undo, string again)
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await fixture.MigrateAsync(MigrationFixture.Settings());
        await fixture.Database.RunAsync(undo, Token);

        await fixture.MigrateAsync(MigrationFixture.Settings());

        Assert.Equal(again, (await fixture.JournalAsync()).Replace(AllScripts, "", StringComparison.Ordinal).Trim());
        Assert.Null(await fixture.PrintAsync(MigrationFixture.Settings()));
        await fixture.Database.RunAsync("INSERT INTO repositories DEFAULT VALUES", Token);
        Assert.NotEqual(0L, await fixture.Database.ReadAsync<long>("SELECT coderepo_claim(id) FROM repositories", Token));
    }

    [Fact]
    public async Task An_index_of_our_name_that_somebody_else_made_is_replaced()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await fixture.Database.RunAsync("CREATE INDEX coderepo_active_repositories ON repositories (name)", Token);

        await fixture.MigrateAsync(MigrationFixture.Settings());

        Assert.Contains(
            "GREATEST",
            await fixture.Database.ReadAsync<string>("SELECT pg_get_indexdef('coderepo_active_repositories'::regclass)", Token),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Another_name_or_order_of_the_targets_leaves_no_second_trigger_and_no_stale_function()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await fixture.MigrateAsync(Original);

        await fixture.MigrateAsync(MigrationFixture.Settings(MigrationFixture.Jobs, new IndexingTarget { Name = "repos" }));
        await fixture.Database.RunAsync("INSERT INTO repositories DEFAULT VALUES; INSERT INTO indexing_jobs DEFAULT VALUES", Token);

        Assert.NotEqual(0L, await fixture.Database.ReadAsync<long>("SELECT coderepo_claim(id) FROM indexing_jobs", Token));
        Assert.NotEqual(0L, await fixture.Database.ReadAsync<long>("SELECT coderepo_claim_repos(id) FROM repositories", Token));
        Assert.Equal(
            8L,
            await fixture.Database.ReadAsync<long>(
                "SELECT count(*) FROM pg_proc WHERE proname ~ '^coderepo_(claim|heartbeat|finish)'",
                Token
            )
        );
        Assert.Equal(
            6L,
            await fixture.Database.ReadAsync<long>(
                "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'coderepo%'",
                Token
            )
        );
        Assert.Equal(
            3L,
            await fixture.Database.ReadAsync<long>(
                "SELECT count(*) FROM pg_class WHERE relkind = 'i' AND relname ~ '^coderepo_(active|url)'",
                Token
            )
        );
        Assert.Null(await fixture.PrintAsync(MigrationFixture.Settings(MigrationFixture.Jobs, new IndexingTarget { Name = "repos" })));
    }

    [Fact]
    public async Task Another_type_of_the_key_leaves_one_function_of_each_name()
    {
        await using var fixture = await MigrationFixture.StartAsync(server, "CREATE TABLE repositories (id int PRIMARY KEY, status text)");
        await fixture.MigrateAsync(MigrationFixture.Settings());
        await fixture.Database.RunAsync(
            "ALTER TABLE repositories ALTER COLUMN id TYPE bigint; INSERT INTO repositories VALUES (5000000000)",
            Token
        );

        await fixture.MigrateAsync(MigrationFixture.Settings());

        Assert.NotEqual(0L, await fixture.Database.ReadAsync<long>("SELECT coderepo_claim(5000000000)", Token));
        Assert.Equal(1L, await fixture.Database.ReadAsync<long>("SELECT count(*) FROM pg_proc WHERE proname = 'coderepo_claim'", Token));
    }

    [Fact]
    public async Task A_URL_of_any_length_can_still_be_written()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await fixture.MigrateAsync(MigrationFixture.Settings());

        await fixture.Database.RunAsync(
            "INSERT INTO repositories (git_url) SELECT string_agg(md5(i::text), '') FROM generate_series(1, 1000) i",
            Token
        );

        var plan = await fixture.Database.ReadAsync<string>(
            "SET enable_seqscan = off; EXPLAIN SELECT FROM repositories WHERE lower(git_url) = 'https://a'",
            Token
        );
        Assert.Contains("coderepo_url_repositories", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_journal_is_closed_to_all_but_its_owner_where_new_tables_are_open_to_all()
    {
        await using var fixture = await MigrationFixture.StartAsync(
            server,
            $"ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC; {PostgresDatabase.OriginalSchema}"
        );
        await fixture.MigrateAsync(MigrationFixture.Settings());
        await AssertClosedAsync(fixture);
    }

    [Fact]
    public async Task A_journal_that_is_open_is_closed_by_the_next_run()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await fixture.MigrateAsync(MigrationFixture.Settings());
        await fixture.Database.RunAsync("GRANT ALL ON coderepo_migrations, coderepo_migrations_id_seq TO PUBLIC", Token);

        await fixture.MigrateAsync(MigrationFixture.Settings());

        await AssertClosedAsync(fixture);
        Assert.Null(await fixture.PrintAsync(MigrationFixture.Settings()));
    }

    private static async Task AssertClosedAsync(MigrationFixture fixture)
    {
        await fixture.Database.RunAsync($"CREATE ROLE web_{fixture.Database.Name}", Token);
        foreach (
            var statement in new[]
            {
                "SELECT count(*) FROM coderepo_migrations",
                "TRUNCATE coderepo_migrations",
                "SELECT setval('coderepo_migrations_id_seq', 1)",
                "CREATE TRIGGER t BEFORE INSERT ON coderepo_migrations EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            }
        )
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() =>
                fixture.Database.RunAsync($"SET ROLE web_{fixture.Database.Name}; {statement}", Token)
            );
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
    }
}

using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>The way back.</summary>
public sealed class DownTests(PostgresServer server)
{
    private const string Shape = """
        SELECT string_agg(thing, E'\n' ORDER BY thing) FROM (
          SELECT format('%s.%s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod)) FROM pg_attribute
          WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace) AND attnum > 0 AND NOT attisdropped
          UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
          UNION ALL SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal) AS things (thing)
        """;

    private static readonly IndexingOptions Original = MigrationFixture.Settings(new IndexingTarget(), MigrationFixture.Jobs);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_leaves_what_was_there_before_and_nothing_else()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        var before = await fixture.Database.ReadAsync<string>(Shape, Token);
        await fixture.MigrateAsync(Original);
        Assert.NotEqual(before, await fixture.Database.ReadAsync<string>(Shape, Token));

        await fixture.MigrateAsync(Original, MigrationDirection.Down);

        Assert.Equal(before, await fixture.Database.ReadAsync<string>(Shape, Token));
    }

    [Fact]
    public async Task Columns_that_were_there_before_stay_with_what_is_in_them()
    {
        await using var fixture = await MigrationFixture.StartAsync(
            server,
            "CREATE TABLE repositories (id int PRIMARY KEY, status text, indexing_token bigint); INSERT INTO repositories VALUES (1, "
                + "'indexed', 7)"
        );
        await fixture.MigrateAsync(MigrationFixture.Settings());

        await fixture.MigrateAsync(MigrationFixture.Settings(), MigrationDirection.Down);

        Assert.Equal(7L, await fixture.Database.ReadAsync<long>("SELECT indexing_token FROM repositories", Token));
        Assert.Equal(
            3L,
            await fixture.Database.ReadAsync<long>(
                "SELECT count(*) FROM pg_attribute WHERE attrelid = 'repositories'::regclass AND attnum > 0 AND NOT attisdropped",
                Token
            )
        );
    }

    [Fact]
    public async Task A_column_that_was_added_is_known_after_the_target_got_another_name()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        var before = await fixture.Database.ReadAsync<string>(Shape, Token);
        await fixture.MigrateAsync(MigrationFixture.Settings());
        var renamed = MigrationFixture.Settings(new IndexingTarget { Name = "repos" });
        await fixture.MigrateAsync(renamed);

        await fixture.MigrateAsync(renamed, MigrationDirection.Down);

        Assert.Equal(before, await fixture.Database.ReadAsync<string>(Shape, Token));
        Assert.Equal(0L, await fixture.Database.ReadAsync<long>("SELECT count(*) FROM pg_class WHERE relname LIKE 'coderepo%'", Token));
    }

    [Fact]
    public async Task A_target_that_got_another_name_meanwhile_leaves_nothing_either()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        var before = await fixture.Database.ReadAsync<string>(Shape, Token);
        await fixture.MigrateAsync(MigrationFixture.Settings());

        await fixture.MigrateAsync(MigrationFixture.Settings(new IndexingTarget { Name = "repos" }), MigrationDirection.Down);

        Assert.Equal(before, await fixture.Database.ReadAsync<string>(Shape, Token));
    }

    [Fact]
    public async Task What_others_have_built_on_a_column_is_reported_before_anything_is_dropped()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await fixture.MigrateAsync(MigrationFixture.Settings());
        await fixture.Database.RunAsync(
            """
            CREATE VIEW live AS SELECT id, indexing_token FROM repositories;
            CREATE POLICY mine ON repositories USING (indexing_resets = 0);
            """,
            Token
        );

        var refused = await Assert.ThrowsAsync<SetupException>(() =>
            fixture.MigrateAsync(MigrationFixture.Settings(), MigrationDirection.Down)
        );

        Assert.Contains(
            "(policy mine on table public.repositories needs indexing_resets; view public.live needs indexing_token): drop those",
            refused.Message,
            StringComparison.Ordinal
        );
        Assert.Null(await fixture.PrintAsync(MigrationFixture.Settings()));
        await fixture.Database.RunAsync("DROP VIEW live; DROP POLICY mine ON repositories", Token);
        await fixture.MigrateAsync(MigrationFixture.Settings(), MigrationDirection.Down);
        Assert.Equal(0L, await fixture.Database.ReadAsync<long>("SELECT count(*) FROM pg_class WHERE relname LIKE 'coderepo%'", Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_table_that_was_renamed_leaves_nothing_under_its_older_name(bool isMigratedAgain)
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await fixture.Database.RunAsync("ALTER TABLE repositories RENAME TO repos", Token);
        var before = await fixture.Database.ReadAsync<string>(Shape, Token);
        await fixture.Database.RunAsync("ALTER TABLE repos RENAME TO repositories", Token);
        await fixture.MigrateAsync(MigrationFixture.Settings(MigrationFixture.Jobs, new IndexingTarget()));
        await fixture.Database.RunAsync("ALTER TABLE repositories RENAME TO repos", Token);
        var renamed = MigrationFixture.Settings(MigrationFixture.Jobs, new IndexingTarget { Table = "repos" });
        if (isMigratedAgain)
        {
            await fixture.MigrateAsync(renamed);

            Assert.Null(await fixture.PrintAsync(renamed));
            Assert.Equal(
                "coderepo_active_indexing_jobs coderepo_active_repos coderepo_url_repos",
                await fixture.Database.ReadAsync<string>(
                    "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relkind = 'i' AND relname ~ "
                        + "'^coderepo_(active|url)'",
                    Token
                )
            );
            Assert.Equal(
                0L,
                await fixture.Database.ReadAsync<long>("SELECT count(*) FROM pg_proc WHERE proname LIKE 'coderepo%\\_repositories'", Token)
            );
        }

        await fixture.MigrateAsync(renamed, MigrationDirection.Down);

        Assert.Equal(before, await fixture.Database.ReadAsync<string>(Shape, Token));
        Assert.Equal(0L, await fixture.Database.ReadAsync<long>("SELECT count(*) FROM pg_class WHERE relname LIKE 'coderepo%'", Token));
    }

    [Fact]
    public async Task Twice_is_as_once_and_up_again_works()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await fixture.MigrateAsync(Original, MigrationDirection.Down);
        await fixture.MigrateAsync(Original);
        await fixture.MigrateAsync(Original, MigrationDirection.Down);

        await fixture.MigrateAsync(Original, MigrationDirection.Down);
        await fixture.MigrateAsync(Original);

        await fixture.Database.RunAsync("INSERT INTO repositories (status) VALUES ('indexing')", Token);
        Assert.NotEqual(0L, await fixture.Database.ReadAsync<long>("SELECT indexing_token FROM repositories", Token));
    }
}

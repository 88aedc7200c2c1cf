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

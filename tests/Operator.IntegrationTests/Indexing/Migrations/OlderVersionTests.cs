using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>A table that an older version has migrated, by the very statements that it printed.</summary>
public sealed class OlderVersionTests(PostgresServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_gets_the_triggers_and_functions_of_this_one_and_the_rows_stay()
    {
        await using var fixture = await StartAsync();
        await fixture.Database.RunAsync("INSERT INTO repositories (status) VALUES ('cloned')", Token);
        Assert.Equal(1L, await fixture.Database.ReadAsync<long>("SELECT coderepo_claim(id) FROM repositories", Token));
        await fixture.Database.RunAsync("UPDATE repositories SET status = 'indexing'", Token);
        Assert.Equal(2L, await fixture.Database.ReadAsync<long>("SELECT indexing_token FROM repositories", Token));

        await fixture.MigrateAsync(MigrationFixture.Settings());

        Assert.EndsWith(
            " 0005_trigger.sql 0001_columns.sql 0008_waiting_index.sql 0004_functions.sql 0005_trigger.sql",
            await fixture.JournalAsync(),
            StringComparison.Ordinal
        );
        Assert.Null(await fixture.PrintAsync(MigrationFixture.Settings()));
        await fixture.Database.RunAsync("UPDATE repositories SET status = 'indexing'", Token);
        Assert.True(await fixture.Database.ReadAsync<bool>("SELECT coderepo_finish(id, 2, 'indexed') FROM repositories", Token));
        Assert.True(await fixture.Database.ReadAsync<bool>("SELECT indexing_started_at IS NULL FROM repositories", Token));
        Assert.Equal(3L, await fixture.Database.ReadAsync<long>("SELECT coderepo_claim(id) FROM repositories", Token));
    }

    /// <summary>As after a run that was killed between the two scripts: two holders of one token would be worse than no claim.</summary>
    [Fact]
    public async Task Functions_of_this_version_with_the_trigger_of_that_one_give_no_token_twice()
    {
        await using var fixture = await StartAsync();
        await fixture.Database.RunAsync("INSERT INTO repositories (status) VALUES ('cloned')", Token);
        Assert.Equal(1L, await fixture.Database.ReadAsync<long>("SELECT coderepo_claim(id) FROM repositories", Token));
        await fixture.Database.RunAsync("UPDATE repositories SET indexing_started_at = now() - interval '1 hour'", Token);
        var scripts = (await fixture.PrintAsync(MigrationFixture.Settings()))!;
        var functions = await fixture.PsqlAsync(scripts[..scripts.IndexOf("-- public.repositories: 0005", StringComparison.Ordinal)]);
        Assert.Equal((0, ""), (functions.ExitCode, functions.Error));

        var refusal = await Assert.ThrowsAsync<Npgsql.PostgresException>(() =>
            fixture.Database.ReadAsync<long>("SELECT coderepo_claim(id) FROM repositories", Token)
        );
        await fixture.MigrateAsync(MigrationFixture.Settings());

        Assert.Equal("Run coderepo-operator migrate.", refusal.Hint);
        Assert.Equal(2L, await fixture.Database.ReadAsync<long>("SELECT coderepo_claim(id) FROM repositories", Token));
    }

    [Fact]
    public async Task Who_could_call_its_functions_still_can_and_nobody_else()
    {
        await using var fixture = await StartAsync();
        var (caller, other) = ($"caller {fixture.Database.Name}", $"other {fixture.Database.Name}");
        await fixture.Database.RunAsync(
            $"""
            CREATE ROLE "{caller}"; CREATE ROLE "{other}";
            REVOKE EXECUTE ON FUNCTION coderepo_claim(uuid, interval) FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION coderepo_claim(uuid, interval) TO "{caller}";
            """,
            Token
        );

        await fixture.MigrateAsync(MigrationFixture.Settings());

        Assert.Equal(
            "t f 1",
            await fixture.Database.ReadAsync<string>(
                $"SELECT concat_ws(' ', has_function_privilege('{caller}', oid, 'EXECUTE'), "
                    + $"has_function_privilege('{other}', oid, 'EXECUTE'), (SELECT count(*) FROM pg_proc WHERE proname = "
                    + "'coderepo_claim')) FROM pg_proc WHERE proname = 'coderepo_claim'",
                Token
            )
        );
    }

    /// <summary>A version between: with holders, and nothing that asks for rows that are kept back.</summary>
    [Fact]
    public async Task Who_could_call_the_function_with_three_parameters_still_can_and_nobody_else()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        var (caller, other) = ($"caller {fixture.Database.Name}", $"other {fixture.Database.Name}");
        await fixture.MigrateAsync(MigrationFixture.Settings());
        await fixture.Database.RunAsync(
            $"""
            DELETE FROM coderepo_migrations WHERE script = '0004_functions.sql';
            DROP FUNCTION coderepo_claim;
            CREATE FUNCTION coderepo_claim(id uuid, stale_after interval DEFAULT '30 minutes', holder text DEFAULT NULL)
            RETURNS bigint LANGUAGE sql AS 'SELECT 7::bigint';
            COMMENT ON FUNCTION coderepo_claim(uuid, interval, text) IS 'CodeRepo Operator: jobs of "repositories"."status"';
            CREATE ROLE "{caller}"; CREATE ROLE "{other}";
            ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO "{other}";
            REVOKE EXECUTE ON FUNCTION coderepo_claim FROM PUBLIC; GRANT EXECUTE ON FUNCTION coderepo_claim TO "{caller}" WITH GRANT OPTION;
            """,
            Token
        );

        await fixture.MigrateAsync(MigrationFixture.Settings());

        Assert.Equal(
            "4 t f",
            await fixture.Database.ReadAsync<string>(
                $"SELECT string_agg(concat_ws(' ', pronargs, has_function_privilege('{caller}', oid, 'EXECUTE WITH GRANT OPTION'), "
                    + $"has_function_privilege('{other}', oid, 'EXECUTE')), ',') FROM pg_proc WHERE proname = 'coderepo_claim'",
                Token
            )
        );
        Assert.Null(await fixture.PrintAsync(MigrationFixture.Settings()));
    }

    [Fact]
    public async Task Who_could_call_functions_of_an_older_name_or_another_key_can_call_those_that_take_their_place()
    {
        await using var fixture = await MigrationFixture.StartAsync(
            server,
            PostgresDatabase.OriginalSchema + "CREATE TABLE other (id int PRIMARY KEY, status text)"
        );
        var caller = $"caller {fixture.Database.Name}";
        await fixture.MigrateAsync(MigrationFixture.Settings(new IndexingTarget(), new IndexingTarget { Table = "other" }));
        await fixture.Database.RunAsync(
            $"""
            CREATE ROLE "{caller}";
            REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION coderepo_claim_next_other, coderepo_heartbeat_other TO "{caller}";
            ALTER TABLE other ALTER COLUMN id TYPE bigint;
            """,
            Token
        );

        await fixture.MigrateAsync(MigrationFixture.Settings(new IndexingTarget(), new IndexingTarget { Table = "other", Name = "more" }));

        Assert.Equal(
            "coderepo_claim_more=false coderepo_claim_next_more=true coderepo_finish_more=false coderepo_heartbeat_more=true",
            await fixture.Database.ReadAsync<string>(
                $"SELECT string_agg(proname || '=' || has_function_privilege('{caller}', oid, 'EXECUTE'), ' ' ORDER BY proname) "
                    + "FROM pg_proc WHERE proname LIKE 'coderepo%\\_more' AND prorettype <> 'trigger'::regtype",
                Token
            )
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_way_back_takes_all_from_there_too(bool isUpgraded)
    {
        await using var fixture = await StartAsync();
        if (isUpgraded)
        {
            await fixture.MigrateAsync(MigrationFixture.Settings());
        }

        await fixture.MigrateAsync(MigrationFixture.Settings(), MigrationDirection.Down);

        Assert.Equal(
            0L,
            await fixture.Database.ReadAsync<long>(
                "SELECT (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal) + (SELECT count(*) FROM pg_proc WHERE proname LIKE "
                    + "'coderepo%')"
                    + " + (SELECT count(*) FROM pg_class WHERE relname LIKE 'coderepo%') + (SELECT count(*) FROM pg_attribute WHERE "
                    + "attname LIKE 'indexing%')",
                Token
            )
        );
    }

    private async Task<MigrationFixture> StartAsync()
    {
        var fixture = await MigrationFixture.StartAsync(server);
        var old = await fixture.PsqlAsync(
            await File.ReadAllTextAsync(Checkout.PathOf("tests/Operator.IntegrationTests/Indexing/Migrations/OlderVersion.sql"), Token)
        );
        Assert.Equal((0, ""), (old.ExitCode, old.Error));
        return fixture;
    }
}

using CodeRepoOperator.Indexing.Migrations;
using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Claiming;

/// <summary>Claims on tables of other shapes, and by roles that may do little.</summary>
public sealed class ClaimSchemaTests(PostgresServer server)
{
    /// <summary>63 bytes.</summary>
    private static readonly string Longest = "x" + string.Concat(Enumerable.Repeat("ü", 31));

    /// <summary>What the names of schema, table and columns have in them.</summary>
    public static TheoryData<string> Names =>
        [
            "Upper",
            "with space",
            "quo\"te",
            "'; DROP TABLE repositories; --",
            "select",
            "naïve☃",
            "back\\slash",
            "$$body$$ $1 $table$",
            "a.b",
            "GO",
            Longest,
        ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("bigint", "5000000000")]
    [InlineData("text", "'a''b'")]
    [InlineData("varchar(10)", "'abc'")]
    [InlineData("char(3)", "'abc'")]
    public async Task The_key_may_be_of_any_type(string type, string key)
    {
        await using var fixture = await MigrationFixture.StartAsync(
            server,
            $"CREATE TABLE repositories (id {type} PRIMARY KEY, status text); INSERT INTO repositories VALUES ({key})"
        );
        await fixture.MigrateAsync(MigrationFixture.Settings());

        Assert.Equal(1L, await fixture.Database.ReadAsync<long>($"SELECT coderepo_claim({key})", Token));
        Assert.True(await fixture.Database.ReadAsync<bool>($"SELECT coderepo_finish({key}, 1, 'indexed')", Token));
        Assert.Null(await fixture.PrintAsync(MigrationFixture.Settings()));
    }

    [Fact]
    public async Task The_status_may_be_an_enum_in_a_schema_of_its_own()
    {
        await using var fixture = await MigrationFixture.StartAsync(
            server,
            """
            CREATE SCHEMA "My types"; CREATE TYPE "My types"."Mood" AS ENUM ('cloned', 'indexing', 'indexed', 'error');
            CREATE TABLE repositories (id int PRIMARY KEY, status "My types"."Mood"); INSERT INTO repositories VALUES (1, 'cloned');
            """
        );
        await fixture.MigrateAsync(MigrationFixture.Settings());

        Assert.Equal(1L, await fixture.Database.ReadAsync<long>("SELECT coderepo_claim(1)", Token));
        Assert.True(await fixture.Database.ReadAsync<bool>("SELECT coderepo_finish(1, 1, 'indexed')", Token));
        Assert.Equal("indexed", await fixture.Database.ReadAsync<string>("SELECT status::text FROM repositories", Token));
    }

    [Fact]
    public async Task A_status_that_does_not_fit_is_an_error_and_not_cut_off()
    {
        await using var fixture = await MigrationFixture.StartAsync(
            server,
            "CREATE TABLE repositories (id int PRIMARY KEY, status varchar(8)); INSERT INTO repositories VALUES (1, 'cloned')"
        );
        await fixture.MigrateAsync(MigrationFixture.Settings());
        await fixture.Database.RunAsync("SELECT coderepo_claim(1)", Token);

        await Assert.ThrowsAsync<PostgresException>(() =>
            fixture.Database.RunAsync("SELECT coderepo_finish(1, 1, 'much too long')", Token)
        );
    }

    [Fact]
    public async Task Columns_made_by_hand_may_be_empty()
    {
        await using var fixture = await MigrationFixture.StartAsync(
            server,
            """
            CREATE TABLE repositories (id int PRIMARY KEY, status text, indexing_started_at timestamptz, indexing_heartbeat_at timestamptz, indexing_token bigint, indexing_resets int);
            INSERT INTO repositories VALUES (1, NULL);
            """
        );
        await fixture.MigrateAsync(MigrationFixture.Settings());

        Assert.Equal(1L, await fixture.Database.ReadAsync<long>("SELECT coderepo_claim(1)", Token));
        Assert.True(await fixture.Database.ReadAsync<bool>("SELECT coderepo_finish(1, 1, 'indexed')", Token));
    }

    [Fact]
    public async Task A_role_needs_the_functions_and_some_columns_and_no_more()
    {
        await using var table = await ClaimTable.StartAsync(server);
        var role = $"indexer_{table.Database.Name}";
        await table.Database.RunAsync(
            $"""
            REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
            CREATE ROLE {role} LOGIN PASSWORD 'x';
            GRANT EXECUTE ON FUNCTION coderepo_claim, coderepo_heartbeat, coderepo_finish TO {role};
            GRANT SELECT (id, status, indexing_started_at, indexing_heartbeat_at, indexing_token, indexing_resets) ON repositories TO {role};
            GRANT UPDATE (status, indexing_heartbeat_at) ON repositories TO {role};
            """,
            Token
        );
        await using var indexer = NpgsqlDataSource.Create(
            $"Host=127.0.0.1;Port={table.Database.Port};Username={role};Password=x;Database={table.Database.Name};Pooling=false"
        );
        await using var all = indexer.CreateCommand(
            $"SELECT concat_ws(' ', coderepo_claim('{ClaimTable.Id}'), coderepo_heartbeat('{ClaimTable.Id}', 1), "
                + $"coderepo_finish('{ClaimTable.Id}', 1, 'indexed'))"
        );

        Assert.Equal("1 t t", await all.ExecuteScalarAsync(Token));
        await using var more = indexer.CreateCommand("UPDATE repositories SET indexing_token = 0");
        Assert.Equal(
            PostgresErrorCodes.InsufficientPrivilege,
            (await Assert.ThrowsAsync<PostgresException>(() => more.ExecuteNonQueryAsync(Token))).SqlState
        );
    }

    [Fact]
    public async Task A_search_path_with_other_operators_changes_nothing()
    {
        await using var table = await ClaimTable.StartAsync(server);
        await table.Database.RunAsync(
            """
            CREATE SCHEMA evil;
            CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT timestamptz 'infinity' $$;
            CREATE FUNCTION evil.timezone(text, timestamptz) RETURNS timestamp LANGUAGE sql AS $$ SELECT timestamp 'infinity' $$;
            CREATE FUNCTION evil.timezone(text, timestamp) RETURNS timestamptz LANGUAGE sql AS $$ SELECT timestamptz 'infinity' $$;
            CREATE FUNCTION evil.date_part(text, timestamptz) RETURNS float8 LANGUAGE sql AS $$ SELECT 0::float8 $$;
            CREATE FUNCTION evil.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT timestamptz 'infinity' $$;
            CREATE FUNCTION evil.quote_literal(text) RETURNS text LANGUAGE sql AS $$ SELECT text 'evil' $$;
            CREATE TABLE evil.repositories (id uuid, status text);
            CREATE DOMAIN evil.timestamptz AS pg_catalog.timestamptz CHECK (false);
            """,
            Token
        );
        foreach (
            var (name, left, right, result, function) in new[]
            {
                ("=", "uuid", "uuid", "boolean", "uuid_ne"),
                ("=", "text", "text", "boolean", "textne"),
                ("=", "bigint", "bigint", "boolean", "int8ne"),
                ("=", "integer", "integer", "boolean", "int4ne"),
                ("<=", "integer", "integer", "boolean", "int4gt"),
                ("+", "bigint", "integer", "bigint", "int84mi"),
                ("=", "timestamp with time zone", "timestamp with time zone", "boolean", "timestamp_ne"),
                ("<", "timestamp with time zone", "timestamp with time zone", "boolean", "timestamp_ge"),
                (">", "timestamp with time zone", "timestamp with time zone", "boolean", "timestamp_le"),
                ("-", "timestamp with time zone", "interval", "timestamp with time zone", "timestamptz_pl_interval"),
                ("-", "timestamp without time zone", "interval", "timestamp without time zone", "timestamp_pl_interval"),
                ("+", "timestamp with time zone", "interval", "timestamp with time zone", "timestamptz_mi_interval"),
                ("*", "double precision", "double precision", "double precision", "float8div"),
            }
        )
        {
            await table.Database.RunAsync(
                $"""
                CREATE FUNCTION evil.{function}({left}, {right}) RETURNS {result} LANGUAGE internal IMMUTABLE AS '{function}';
                CREATE OPERATOR evil.{name} (LEFTARG = {left}, RIGHTARG = {right}, FUNCTION = evil.{function})
                """,
                Token
            );
        }

        await using var caller = await table.OpenAsync();
        async Task<T> CallAsync<T>(string call)
        {
            await using var command = new NpgsqlCommand($"SELECT public.coderepo_{call}", caller)
            {
                Parameters = { new() { Value = ClaimTable.Id } },
            };
            return await command.ExecuteScalarAsync(Token) is T value ? value : default!;
        }

        await using (var path = new NpgsqlCommand("SET search_path = evil, pg_catalog", caller))
        {
            await path.ExecuteNonQueryAsync(Token);
        }

        Assert.Equal(1, await CallAsync<long?>("claim($1)"));
        Assert.Null(await CallAsync<long?>("claim($1)"));
        Assert.True(await CallAsync<bool>("heartbeat($1, 1)"));
        Assert.False(await CallAsync<bool>("heartbeat($1, 2)"));
        Assert.Equal(2, await CallAsync<long?>("claim($1, interval '0')"));
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => CallAsync<bool>("finish($1, 2, 'indexing')"));
        Assert.Contains("'indexing'", refusal.MessageText, StringComparison.Ordinal);
        Assert.True(await CallAsync<bool>("finish($1, 2, 'indexed')"));
        Assert.False(await CallAsync<bool>("finish($1, 2, 'indexed')"));
        Assert.Equal("indexed 2 0", await table.RowAsync());
        await using var insert = new NpgsqlCommand(
            "INSERT INTO public.repositories (status) VALUES ('indexing') RETURNING indexing_token > 1e15 AND indexing_started_at = "
                + "pg_catalog.now()",
            caller
        );
        await using (var path = new NpgsqlCommand("SET search_path = pg_catalog, evil", caller))
        {
            await path.ExecuteNonQueryAsync(Token);
        }

        Assert.Equal(true, await insert.ExecuteScalarAsync(Token));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Names_of_any_kind_work_from_the_migration_to_the_finish(string name)
    {
        string Named(string part) => name == Longest ? part + Longest[1..] : name + part;
        var target = new IndexingTarget
        {
            Name = "t",
            Schema = Named("s"),
            Table = Named("t"),
            Key = Named("k"),
            Status = Named("u"),
            Started = Named("a"),
            Heartbeat = Named("h"),
            Token = Named("o"),
            Resets = Named("r"),
            Url = Named("l"),
            Active = name,
            Reset = "it's \\ error",
        };
        Assert.Empty(target.Validate(new System.ComponentModel.DataAnnotations.ValidationContext(target)));
        string Quoted(string text) => SqlName.Quoted(text);
        var table = $"{Quoted(target.Schema)}.{Quoted(target.Table)}";
        await using var fixture = await MigrationFixture.StartAsync(
            server,
            $"CREATE SCHEMA {Quoted(target.Schema)}; CREATE TABLE {table} ({Quoted(target.Key)} int PRIMARY KEY, "
                + $"{Quoted(target.Status)} text, {Quoted(target.Url)} text); INSERT INTO {table} VALUES (1)"
        );
        var settings = MigrationFixture.Settings(target);

        // By psql, which reads it in its own way, and then by migrate, which must agree that all is done.
        var outcome = await fixture.PsqlAsync((await fixture.PrintAsync(settings))!);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Null(await fixture.PrintAsync(settings));
        await fixture.MigrateAsync(settings, MigrationDirection.Down);
        await fixture.MigrateAsync(settings);
        Assert.Null(await fixture.PrintAsync(settings));

        var schema = Quoted(target.Schema);
        Assert.Equal(
            1L,
            await fixture.Database.ReadAsync<long>($"SELECT {schema}.coderepo_claim(id => 1, stale_after => '10 minutes')", Token)
        );
        Assert.Equal(
            name,
            await fixture.Database.ReadAsync<string>(
                $"SELECT {Quoted(target.Status)} FROM {table} WHERE {Quoted(target.Started)} <= now()",
                Token
            )
        );
        Assert.True(await fixture.Database.ReadAsync<bool>($"SELECT {schema}.coderepo_heartbeat(id => 1, token => 1)", Token));
        Assert.True(
            await fixture.Database.ReadAsync<bool>($"SELECT {schema}.coderepo_finish(id => 1, token => 1, status => 'done')", Token)
        );
    }
}

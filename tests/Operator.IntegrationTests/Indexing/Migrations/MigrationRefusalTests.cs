using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>What can't be migrated as it is set up, and how that is reported.</summary>
public sealed class MigrationRefusalTests(PostgresServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_that_is_missing_is_reported_at_once_and_nothing_is_changed()
    {
        await using var fixture = await MigrationFixture.StartAsync(
            server,
            """
            CREATE SCHEMA app;
            CREATE TABLE app.repositories (id int);
            CREATE TABLE jobs (id int, state text, indexing_started_at timestamp, indexing_token int);
            CREATE VIEW shown AS SELECT 1 AS id, 'x' AS status;
            CREATE TABLE parts (id int PRIMARY KEY, status text) PARTITION BY HASH (id);
            CREATE TYPE mood AS ENUM ('new', 'busy', 'failed');
            CREATE TABLE moods (id int PRIMARY KEY, status mood);
            CREATE TABLE parents (id int PRIMARY KEY, status text);
            CREATE TABLE app.children () INHERITS (parents);
            """
        );
        string[] tables = ["repositories", "jobs", "shown", "parts", "moods", "parents"];

        var refused = await Assert.ThrowsAsync<SetupException>(() =>
            fixture.MigrateAsync(MigrationFixture.Settings([.. tables.Select(table => new IndexingTarget { Table = table })]))
        );

        string[] reported =
        [
            "There is no table public.repositories, but one of this name in app: name yours by Indexing:Targets:0:Schema and "
                + "Indexing:Targets:0:Table.",
            "Indexing:Targets:1:Key is 'id', of which public.jobs has no primary key or unique index",
            "Indexing:Targets:1:Status is 'status', a column that public.jobs does not have: name the one it has.",
            "Indexing:Targets:1:Started is 'indexing_started_at', a column of public.jobs that is timestamp without time zone: make it "
                + "timestamp with time zone, and say in which time zone",
            "Indexing:Targets:1:Token is 'indexing_token', a column of public.jobs that is integer: make it bigint",
            "Indexing:Targets:2:Table is public.shown, which is no table",
            "Indexing:Targets:3:Table is public.parts, which is partitioned",
            "Indexing:Targets:4:Active is 'indexing', which 'status' of public.moods can't be: name one of new, busy, failed.",
            "Indexing:Targets:4:Reset is 'error'",
            "public.parents has tables that inherit from it (app.children), whose rows no trigger of it would see",
        ];
        Assert.All(reported, finding => Assert.Contains(finding, refused.Message, StringComparison.Ordinal));
        Assert.Equal(reported.Length, refused.Message.Split('\n').Length - 1);
        Assert.Equal(0L, await fixture.Database.ReadAsync<long>("SELECT count(*) FROM pg_class WHERE relname LIKE 'coderepo%'", Token));
    }

    [Fact]
    public async Task One_who_does_not_own_the_table_is_reported_who_does()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        var role = $"stranger_{fixture.Database.Name}";
        await fixture.Database.RunAsync($"CREATE ROLE {role} LOGIN PASSWORD 'guess me'", Token);

        var refused = await Assert.ThrowsAsync<SetupException>(() =>
            fixture.MigrateAsync(
                MigrationFixture.Settings(),
                connectionString: $"Host=127.0.0.1;Port={fixture.Database.Port};Username={role};Password=guess "
                    + $"me;Database={fixture.Database.Name}"
            )
        );

        Assert.Contains(
            $"public.repositories belongs to postgres, and {role} may not change it: run migrate as postgres",
            refused.Message,
            StringComparison.Ordinal
        );
        Assert.Contains($"{role} may make nothing in the schema public", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_owner_of_the_table_needs_no_more_than_that_and_the_schema()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        var role = $"owner_{fixture.Database.Name}";
        await fixture.Database.RunAsync(
            $"CREATE ROLE {role} LOGIN PASSWORD 'x'; ALTER TABLE repositories OWNER TO {role}; GRANT CREATE ON SCHEMA public TO {role}",
            Token
        );
        var owner = $"Host=127.0.0.1;Port={fixture.Database.Port};Username={role};Password=x;Database={fixture.Database.Name}";

        await fixture.MigrateAsync(MigrationFixture.Settings(), connectionString: owner);
        await fixture.MigrateAsync(MigrationFixture.Settings(), MigrationDirection.Down, owner);

        Assert.Equal(0L, await fixture.Database.ReadAsync<long>("SELECT count(*) FROM pg_class WHERE relname LIKE 'coderepo%'", Token));
    }

    [Fact]
    public async Task A_server_that_takes_no_changes_is_refused()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);

        var refused = await fixture.ProgramAsync(
            [],
            (
                "Indexing__ConnectionFile",
                fixture.ConnectionFile($"{fixture.Database.ConnectionString};Options=-c default_transaction_read_only=on")
            )
        );

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("a server that takes changes", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pooler_that_lends_sessions_is_refused_and_finds_nothing_of_ours_in_them()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        await using var pooler = await PgBouncer.StartAsync(fixture.Database.Port, poolSize: 5, Token);
        var pooled =
            $"Host=127.0.0.1;Port={pooler.Port};Username=postgres;Password=postgres;Database={fixture.Database.Name};Pooling=false";

        var refused = await Assert.ThrowsAsync<SetupException>(() =>
            fixture.MigrateAsync(MigrationFixture.Settings(), connectionString: pooled)
        );

        Assert.Contains("lead it to PostgreSQL itself", refused.Message, StringComparison.Ordinal);
        await using var client = NpgsqlDataSource.Create(pooled);
        await using var setting = client.CreateCommand("SHOW search_path");
        Assert.Equal("\"$user\", public", await setting.ExecuteScalarAsync(Token));
    }

    /// <summary>What is migrated without a word, and then fails at the first claim or reset.</summary>
    [Fact]
    public async Task What_can_be_migrated_and_not_used_is_refused()
    {
        (string Table, string Finding)[] cases =
        [
            (
                "(id int PRIMARY KEY, status text, indexing_resets smallint)",
                "Resets is 'indexing_resets', a column of public.t0 that is smallint"
            ),
            (
                "(id citext PRIMARY KEY, status text)",
                "Key is 'id', a column of public.t1 that is public.citext, which compares by operators"
            ),
            ("(id int PRIMARY KEY, status citext)", "Status is 'status', a column of public.t2 that is public.citext"),
            ("(id path_key PRIMARY KEY, status text)", "Key is 'id', a column of public.t3 that is public.path_key"),
            (
                "(id int PRIMARY KEY, status text CHECK (status IN ('cloned', 'indexing')))",
                "Reset is 'error', which 'status' of public.t4 can't be (the constraint t4_status_check refuses it)"
            ),
            (
                "(id int PRIMARY KEY, status text CHECK (status <> 'indexing'))",
                "Active is 'indexing', which 'status' of public.t5 can't be (the constraint t5_status_check refuses it)"
            ),
            (
                "(id int PRIMARY KEY, status short_status)",
                "Active is 'indexing', which 'status' of public.t6 can't be (the database says: "
            ),
            (
                "(id int PRIMARY KEY, status varchar(5))",
                "Active is 'indexing', which 'status' of public.t7 can't be (it is character varying(5))"
            ),
            ("(id int PRIMARY KEY, status text)", "public.t8 has rules that make other statements of an INSERT or UPDATE (aside)"),
            (
                "(id int PRIMARY KEY, status text, indexing_token bigint GENERATED ALWAYS AS (1) STORED)",
                "Token is 'indexing_token', a column of public.t9 that is GENERATED ALWAYS"
            ),
            (
                "(id int PRIMARY KEY, status text, indexing_heartbeat_at timestamptz NOT NULL)",
                "'indexing_heartbeat_at' of public.t10 can't be NULL (it is NOT NULL)"
            ),
            (
                "(id int PRIMARY KEY, status text, indexing_resets int CHECK (indexing_resets < 3))",
                "'indexing_resets' of public.t11 can't be 6 (the constraint t11_indexing_resets_check refuses it)"
            ),
        ];
        await using var fixture = await MigrationFixture.StartAsync(
            server,
            "CREATE EXTENSION citext; CREATE DOMAIN path_key AS citext; CREATE DOMAIN short_status AS text CHECK (value <> 'indexing');"
                + string.Concat(cases.Select((one, number) => $"CREATE TABLE t{number} {one.Table};"))
                + "CREATE RULE aside AS ON UPDATE TO t8 DO INSTEAD NOTHING"
        );
        var targets = cases.Select((_, number) => new IndexingTarget { Table = $"t{number}" }).ToArray();

        var refused = await Assert.ThrowsAsync<SetupException>(() => fixture.MigrateAsync(MigrationFixture.Settings(targets)));

        Assert.All(cases, one => Assert.Contains(one.Finding, refused.Message, StringComparison.Ordinal));
        Assert.Equal(cases.Length, refused.Message.Split('\n').Length - 1);
        Assert.Equal(0L, await fixture.Database.ReadAsync<long>("SELECT count(*) FROM pg_class WHERE relname LIKE 'coderepo%'", Token));
    }

    [Fact]
    public async Task Checks_and_types_that_allow_what_is_written_are_no_obstacle()
    {
        await using var fixture = await MigrationFixture.StartAsync(
            server,
            """
            CREATE DOMAIN state AS varchar(8) CHECK (value IN ('cloned', 'indexing', 'indexed', 'error'));
            CREATE TABLE repositories (
              id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, status state NOT NULL DEFAULT 'cloned', file_count int,
              indexing_token bigint CHECK (indexing_token >= 0), indexing_resets bigint CHECK (indexing_resets BETWEEN 0 AND 10),
              CHECK (status <> 'indexed' OR file_count IS NOT NULL), CHECK (status <> 'indexing' OR indexing_resets < 10));
            """
        );

        await fixture.MigrateAsync(MigrationFixture.Settings());

        await fixture.Database.RunAsync("INSERT INTO repositories DEFAULT VALUES", Token);
        Assert.NotEqual(0L, await fixture.Database.ReadAsync<long>("SELECT coderepo_claim(id) FROM repositories", Token));
    }

    [Theory]
    [InlineData("postgresql://postgres:postgres@127.0.0.1:PORT/NAME?sslmode=prefer&target_session_attrs=primary")]
    [InlineData("host=127.0.0.1 port=PORT user=postgres password='postgres' dbname=NAME target_session_attrs=read-write")]
    [InlineData("Host=127.0.0.1;Port=PORT;Username=postgres;Password=postgres;Database=NAME;Target Session Attributes=primary")]
    [InlineData("postgres://postgres:postgres@127.0.0.1:1,127.0.0.1:PORT/NAME")]
    public async Task A_connection_is_understood_in_each_form_that_people_have_it_in(string text)
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        var port = fixture.Database.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

        await fixture.MigrateAsync(
            MigrationFixture.Settings(),
            connectionString: text.Replace("PORT", port, StringComparison.Ordinal)
                .Replace("NAME", fixture.Database.Name, StringComparison.Ordinal)
        );

        Assert.Null(await fixture.PrintAsync(MigrationFixture.Settings()));
    }

    [Theory]
    [InlineData("Password=wrong+secret", 2, "password authentication failed")]
    [InlineData("Database=nowhere", 2, "database \"nowhere\" does not exist")]
    [InlineData("Port=1", 1, "Failed, and nothing was changed: the connection failed (Connection refused). Run it again")]
    [InlineData("Host=127.0.0.1:1,127.0.0.1;Password=wrong+secret", 2, "Not started: password authentication failed")]
    [InlineData("Nonsense=1", 2, "is no connection string")]
    public async Task The_program_says_why_it_can_not_connect_and_no_password(string part, int exitCode, string reported)
    {
        await using var fixture = await MigrationFixture.StartAsync(server);
        var file = fixture.ConnectionFile($"{fixture.Database.ConnectionString};{part}");

        var outcome = await fixture.ProgramAsync([], ("Indexing__ConnectionFile", file));

        var all = outcome.Output + outcome.Error;
        Assert.Equal(exitCode, outcome.ExitCode);
        Assert.Contains(reported, all, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", all, StringComparison.Ordinal);
        Assert.DoesNotContain("Password=postgres", all, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_reports_what_it_did_and_ends_with_0_and_what_is_missing_with_2()
    {
        await using var fixture = await MigrationFixture.StartAsync(server);

        var done = await fixture.ProgramAsync([], ("Logging__LogLevel__CodeRepoOperator", "Debug"));
        var missing = await fixture.ProgramAsync(["--Indexing:Targets:0:Table=nothing"]);

        Assert.Equal((0, 2), (done.ExitCode, missing.ExitCode));
        Assert.Contains(
            "public.repositories: 0001_columns.sql added the columns indexing_started_at, indexing_heartbeat_at, indexing_token, "
                + "indexing_resets, indexing_holder, indexing_not_before in ",
            done.Output,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("postgres;", done.Output, StringComparison.Ordinal);
        Assert.StartsWith("Not started: nothing was changed, for this is missing:", missing.Error, StringComparison.Ordinal);
    }
}

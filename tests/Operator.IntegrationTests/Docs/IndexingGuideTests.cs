using CodeRepoOperator.IndexingClient;
using Npgsql;

namespace CodeRepoOperator.Docs;

/// <summary>
/// The examples of docs/indexing.md do what it says that they do, on a table that <c>migrate</c> has prepared, by roles that have no more
/// permissions than the page grants.
/// </summary>
[Trait("Category", "Slow")]
public sealed class IndexingGuideTests(PostgresServer server)
{
    private const string Row = "4c4c30e1-0000-4000-8000-000000000001";
    private const string Python = "/usr/bin/python3"; // Debian's, which has Debian's psycopg.

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_SQL_responds_as_its_comments_say()
    {
        await using var database = await MigratedAsync();
        await using var indexer = NpgsqlDataSource.Create(IndexingGuide.As(database, "indexer"));
        var statements = IndexingGuide.Example("sql", "coderepo_claim(id =>").Split('\n', StringSplitOptions.RemoveEmptyEntries);

        foreach (var statement in statements)
        {
            await using var command = indexer.CreateCommand(statement);
            var response = await command.ExecuteScalarAsync(Token);
            Assert.StartsWith(
                $"-- {response}".ToUpperInvariant(),
                statement[statement.IndexOf("--", StringComparison.Ordinal)..].ToUpperInvariant(),
                StringComparison.Ordinal
            );
        }

        Assert.Equal(4, statements.Length);
        Assert.Equal("indexed", await StatusAsync(database));
    }

    [Fact]
    public async Task The_compare_and_set_is_won_once_before_the_migration()
    {
        await using var database = await server.CreateDatabaseAsync(Token);
        await database.RunAsync(PostgresDatabase.OriginalSchema, Token);
        await database.RunAsync("INSERT INTO repositories (id) VALUES ('4c4c30e1-0000-4000-8000-000000000002')", Token);
        await database.RunAsync(
            IndexingGuide.Roled(
                database,
                "CREATE ROLE indexer LOGIN PASSWORD 'change it';" + IndexingGuide.Example("sql", "UPDATE (status, updated_at)")
            ),
            Token
        );
        await using var indexer = NpgsqlDataSource.Create(IndexingGuide.As(database, "indexer"));
        var statement = IndexingGuide.Example("sql", "SET status = 'indexing', updated_at");

        await using var first = indexer.CreateCommand(statement);
        await using var second = indexer.CreateCommand(statement);

        Assert.Equal(Guid.Parse("4c4c30e1-0000-4000-8000-000000000002"), await first.ExecuteScalarAsync(Token));
        Assert.Null(await second.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task The_Python_indexes_the_row_and_keeps_away_from_one_that_is_held()
    {
        await using var database = await MigratedAsync();
        var program = IndexingGuide.Example("python", "psycopg");
        var environment = new Dictionary<string, string> { ["DATABASE_URL"] = IndexingGuide.UrlAs(database, "indexer") };

        var first = await ProcessRunner.RunAsync(Python, ["-"], environment, program, Token);
        await database.RunAsync("UPDATE repositories SET status = 'indexing'", Token);
        var second = await ProcessRunner.RunAsync(Python, ["-"], environment, program, Token);

        Assert.Equal((0, "indexed\n", ""), (first.ExitCode, first.Output, first.Error));
        Assert.Equal((1, "somebody else is at it\n"), (second.ExitCode, second.Error));
        Assert.Equal(7, await database.ReadAsync<int>("SELECT file_count FROM repositories", Token));
    }

    [Fact]
    public async Task The_program_in_CSharp_indexes_the_row()
    {
        await using var database = await MigratedAsync();
        var environment = new Dictionary<string, string> { ["DATABASE"] = IndexingGuide.As(database, "indexer"), ["DOTNET_NOLOGO"] = "1" };

        var ran = await ProcessRunner.RunAsync("dotnet", ["run", Checkout.PathOf("examples/claim.cs"), Row], environment, "", Token);

        Assert.Equal((0, "indexed, with token 1\n"), (ran.ExitCode, ran.Output));
        Assert.Equal("indexed", await StatusAsync(database));
        Assert.Equal(
            await File.ReadAllTextAsync(Checkout.PathOf("examples/claim.cs"), Token),
            IndexingGuide.Example("csharp", "IndexingClaims")
        );
    }

    [Fact]
    public async Task The_rights_of_the_operator_are_enough_for_it()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await IndexingGuide.GrantAsync(fixture.Database, Token);
        fixture.Connect(IndexingGuide.As(fixture.Database, "coderepo"));
        var stuck = await fixture.AddStuckAsync();

        Assert.Equal(stuck.ToString(), Assert.Single((await fixture.SweepAsync()).Reset).Key);
    }

    [Fact]
    public async Task With_row_level_security_the_policy_of_the_guide_is_enough()
    {
        await using var fixture = await IndexingFixture.CreateAsync(server);
        await IndexingGuide.GrantAsync(fixture.Database, Token);
        await fixture.Database.RunAsync("ALTER TABLE repositories ENABLE ROW LEVEL SECURITY", Token);
        fixture.Connect(IndexingGuide.As(fixture.Database, "coderepo"));
        var stuck = await fixture.AddStuckAsync();
        Assert.Contains("CREATE POLICY operator_sees_all_rows", (await fixture.SweepAsync()).Why, StringComparison.Ordinal);

        await fixture.Database.RunAsync(
            IndexingGuide.Roled(fixture.Database, IndexingGuide.Example("sql", "CREATE POLICY operator")),
            Token
        );

        Assert.Equal(stuck.ToString(), Assert.Single((await fixture.SweepAsync()).Reset).Key);
    }

    /// <summary>As it is where functions are nobody's by default.</summary>
    [Fact]
    public async Task The_rights_of_an_indexer_are_enough_for_it()
    {
        await using var database = await server.CreateDatabaseAsync(Token);
        await database.RunAsync(
            PostgresDatabase.OriginalSchema + "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;",
            Token
        );
        await database.MigrateAsync(Token);
        await database.RunAsync(
            IndexingGuide.Roled(database, IndexingGuide.Example("sql", "CREATE ROLE indexer"))
                + $"INSERT INTO repositories (id) VALUES ('{Row}');",
            Token
        );
        await using var indexer = NpgsqlDataSource.Create(IndexingGuide.As(database, "indexer"));

        var claim = await new IndexingClaims(indexer).ClaimAsync(Guid.Parse(Row), TimeSpan.FromMinutes(5), Token);

        Assert.True(await claim!.HeartbeatAsync(Token));
        Assert.True(await claim.FinishAsync("indexed", Token));
        await using var clear = indexer.CreateCommand(IndexingGuide.Example("sql", "SET status = status"));
        Assert.Equal(0, await clear.ExecuteNonQueryAsync(Token));
    }

    [Fact]
    public async Task A_row_that_was_given_up_is_let_go_as_the_guide_says()
    {
        await using var database = await MigratedAsync();
        await database.RunAsync(
            "UPDATE repositories SET id = '4c4c30e1-0000-4000-8000-000000000003', status = 'error', indexing_resets = 6",
            Token
        );
        var row = Guid.Parse("4c4c30e1-0000-4000-8000-000000000003");
        var claims = new IndexingClaims(database.Source);

        Assert.Null(await claims.ClaimAsync(row, TimeSpan.FromMinutes(5), Token));
        await using (var coderepo = NpgsqlDataSource.Create(IndexingGuide.As(database, "coderepo")))
        {
            await using var release = coderepo.CreateCommand(IndexingGuide.Example("sql", "SET indexing_resets = 0"));
            Assert.Equal(1, await release.ExecuteNonQueryAsync(Token));
        }

        Assert.NotNull(await claims.ClaimAsync(row, TimeSpan.FromMinutes(5), Token));
    }

    [Fact]
    public async Task The_settings_for_a_second_table_make_functions_for_it()
    {
        await using var database = await server.CreateDatabaseAsync(Token);
        await database.RunAsync(PostgresDatabase.OriginalSchema, Token);
        var settings = IndexingGuide
            .Text.Split('\n')
            .Where(line =>
                line.StartsWith("Indexing__Targets__", StringComparison.Ordinal) && !line.Contains("Tenant", StringComparison.Ordinal)
            )
            .Select(line => line.Split('='));

        await database.MigrateAsync(Token, [.. settings.Select(setting => (setting[0], setting[1]))]);

        Assert.Equal(
            2,
            await database.ReadAsync<long>(
                "SELECT count(*) FROM pg_proc WHERE proname IN ('coderepo_claim', 'coderepo_claim_indexing_jobs')",
                Token
            )
        );
    }

    [Fact]
    public async Task The_history_is_read_and_pruned_by_whom_the_guide_lets_do_so()
    {
        await using var database = await server.CreateDatabaseAsync(Token);
        await database.RunAsync(PostgresDatabase.OriginalSchema, Token);
        await database.MigrateAsync(Token, ("Indexing__Targets__0__Attempts", "coderepo_indexing_attempts"));
        await IndexingGuide.GrantAsync(database, Token);
        await database.RunAsync($"INSERT INTO repositories (id) VALUES ('{Row}')", Token);
        await database.RunAsync(
            IndexingGuide.Roled(
                database,
                IndexingGuide.Example("sql", "coderepo_indexing_attempts_prune")
                    + IndexingGuide.Example("sql", "CREATE POLICY indexer_reads_history")
            ),
            Token
        );
        await using var indexer = NpgsqlDataSource.Create(IndexingGuide.As(database, "indexer"));
        var claim = await new IndexingClaims(indexer).ClaimAsync(Guid.Parse(Row), TimeSpan.FromMinutes(5), Token);

        await using var read = indexer.CreateCommand(IndexingGuide.Example("sql", "FROM coderepo_indexing_attempts\n"));
        Assert.Equal(claim!.Token, await read.ExecuteScalarAsync(Token));
        await using var coderepo = NpgsqlDataSource.Create(IndexingGuide.As(database, "coderepo"));
        await using var prune = coderepo.CreateCommand("SELECT coderepo_indexing_attempts_prune('-1 hour', 10)");
        Assert.Equal(1L, await prune.ExecuteScalarAsync(Token));
    }

    private async Task<PostgresDatabase> MigratedAsync()
    {
        var database = await server.CreateMigratedDatabaseAsync(Token);
        await database.RunAsync(
            $"INSERT INTO repositories (id, git_url) VALUES ('{Row}', 'https://git.example.com/team/hello.git')",
            Token
        );

        // As a row that was there before the migration, whose tokens begin with 1.
        await database.RunAsync("UPDATE repositories SET indexing_token = 0", Token);
        await IndexingGuide.GrantAsync(database, Token);
        return database;
    }

    private static Task<string?> StatusAsync(PostgresDatabase database) =>
        database.ReadAsync<string>("SELECT status FROM repositories", Token);
}

using CodeRepoOperator.Docs;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>
/// A database with the roles and the default privileges that Supabase gives one. The roles are the server's, which
/// is the test's own.
/// </summary>
public sealed class SupabaseTests : IAsyncLifetime
{
    private const string Id = "4c4c30e1-0000-4000-8000-000000000001";

    private const string Supabase = """
        CREATE ROLE anon; CREATE ROLE authenticated; CREATE ROLE service_role BYPASSRLS;
        GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO anon, authenticated, service_role;
        """;

    private const string Callers = """
        SELECT string_agg(p.proname || ':' || r.rolname, ' ' ORDER BY p.proname, r.rolname)
        FROM pg_proc p, pg_roles r
        WHERE p.pronamespace = 'public'::regnamespace AND p.prorettype <> 'trigger'::regtype
          AND r.rolname IN ('anon', 'authenticated', 'service_role') AND has_function_privilege(r.oid, p.oid, 'EXECUTE')
        """;

    /// <summary>
    /// As splinter, Supabase's linter, has them: 0011 function_search_path_mutable, 0013 rls_disabled_in_public, 0028 and 0029
    /// anon_ and authenticated_security_definer_function_executable.
    /// </summary>
    private const string Lint = """
        SELECT string_agg(finding, ' ' ORDER BY finding) FROM (
          SELECT '0011:' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'coderepo%'
            AND NOT EXISTS (SELECT FROM unnest(COALESCE(proconfig, '{}')) AS config WHERE config LIKE 'search_path=%')
          UNION ALL SELECT '0013:' || relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
            AND relname LIKE 'coderepo%' AND NOT relrowsecurity
          UNION ALL SELECT '0028:' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
            AND (has_function_privilege('anon', oid, 'EXECUTE') OR has_function_privilege('authenticated', oid, 'EXECUTE'))
        ) AS findings (finding)
        """;

    private readonly TemporaryDirectory _directory = new();
    private PostgresProcess? _server;
    private PostgresDatabase? _database;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private PostgresDatabase Database => _database!;

    public async ValueTask InitializeAsync()
    {
        _server = await PostgresProcess.StartAsync(_directory.Path, Token);
        _database = await PostgresDatabase.CreateAsync(_server.Port, "supabase", Token);
        await Database.RunAsync(Supabase + PostgresDatabase.OriginalSchema, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await (_database?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        _directory.Dispose();
    }

    [Fact]
    public async Task New_functions_are_those_of_the_service_alone_until_somebody_grants_more_and_the_linter_finds_nothing()
    {
        await MigrateAsync();

        Assert.Equal(
            "coderepo_claim:service_role coderepo_claim_next:service_role coderepo_finish:service_role coderepo_heartbeat:service_role",
            await Database.ReadAsync<string>(Callers, Token)
        );
        Assert.Null(await Database.ReadAsync<string>(Lint, Token));

        await Database.RunAsync("GRANT EXECUTE ON FUNCTION coderepo_claim TO authenticated", Token);
        await MigrateAsync(("Indexing__MaxResets", "7"));
        Assert.StartsWith(
            "coderepo_claim:authenticated coderepo_claim:service_role coderepo_claim_next:service_role ",
            await Database.ReadAsync<string>(Callers, Token),
            StringComparison.Ordinal
        );
        Assert.Null(await Database.ReadAsync<string>(Lint, Token));
        var scripts = await Database.ReadAsync<long>("SELECT count(*) FROM coderepo_migrations", Token);
        await MigrateAsync(("Indexing__MaxResets", "7"));
        Assert.Equal(scripts, await Database.ReadAsync<long>("SELECT count(*) FROM coderepo_migrations", Token));
    }

    [Fact]
    public async Task Who_could_call_the_functions_of_an_older_version_still_can()
    {
        var old = await ProcessRunner.RunAsync(
            "psql",
            ["--no-psqlrc", "--quiet", Database.Url],
            new Dictionary<string, string>(),
            await File.ReadAllTextAsync(Checkout.PathOf("tests/Operator.IntegrationTests/Indexing/Migrations/OlderVersion.sql"), Token),
            Token
        );
        Assert.Equal((0, ""), (old.ExitCode, old.Error));
        await Database.RunAsync("REVOKE EXECUTE ON FUNCTION coderepo_finish FROM PUBLIC, anon", Token);

        await MigrateAsync();

        Assert.Equal(
            "coderepo_claim:anon coderepo_claim:authenticated coderepo_claim:service_role coderepo_claim_next:service_role "
                + "coderepo_finish:authenticated coderepo_finish:service_role coderepo_heartbeat:anon coderepo_heartbeat:authenticated "
                + "coderepo_heartbeat:service_role",
            await Database.ReadAsync<string>(Callers, Token)
        );
        Assert.Equal("0028:", (await Database.ReadAsync<string>(Lint, Token) ?? "0028:")[..5]);
        await Database.RunAsync(IndexingGuide.Example("sql", "FROM PUBLIC, anon, authenticated"), Token);
        Assert.Equal(
            "coderepo_claim:service_role coderepo_claim_next:service_role coderepo_finish:service_role coderepo_heartbeat:service_role",
            await Database.ReadAsync<string>(Callers, Token)
        );
    }

    /// <summary>The calls that PostgREST makes of the requests of the guide, as the role that it takes from the key.</summary>
    [Fact]
    public async Task The_service_takes_and_finishes_a_row_and_the_triggers_of_others_find_their_tables()
    {
        await MigrateAsync();
        await Database.RunAsync(
            $"""
            CREATE TABLE audit (id uuid, status text);
            CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS
              $$ BEGIN INSERT INTO audit VALUES (NEW.id, NEW.status); RETURN NEW; END $$;
            CREATE TRIGGER audit AFTER UPDATE OF status ON repositories FOR EACH ROW EXECUTE FUNCTION audit();
            INSERT INTO repositories (id, status) VALUES ('{Id}', 'pending');
            UPDATE repositories SET indexing_token = 0;
            """,
            Token
        );
        await using var session = await OtherSession.OpenAsync(Database, Token);
        await session.RunAsync("SET ROLE service_role", Token);

        await session.RunAsync(Call("coderepo_claim_next"), Token);
        await session.RunAsync(Call("coderepo_heartbeat"), Token);
        await session.RunAsync(Call("coderepo_finish"), Token);

        Assert.Equal(
            "indexing indexed",
            await Database.ReadAsync<string>("SELECT string_agg(status, ' ' ORDER BY ctid) FROM audit", Token)
        );
        await session.RunAsync("SET ROLE authenticated", Token);
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => session.RunAsync(Call("coderepo_claim_next"), Token));
    }

    /// <summary>A request of the guide as PostgREST makes SQL of it: the parameters by their names, out of the JSON of its body.</summary>
    private static string Call(string function)
    {
        var lines = IndexingGuide.Example("sh", "rpc/coderepo_claim_next").Split('\n');
        var first = Array.FindIndex(lines, line => line.Contains($"rpc/{function}", StringComparison.Ordinal));
        var body = lines[first..].First(line => line.Contains("--data", StringComparison.Ordinal)).Split('\'')[1];
        using var json = System.Text.Json.JsonDocument.Parse(body);
        var parameters = json
            .RootElement.EnumerateObject()
            .Select(value =>
                value.Value.ValueKind == System.Text.Json.JsonValueKind.Array
                    ? $"{value.Name} => ARRAY['{string.Join("','", value.Value.EnumerateArray().Select(item => item.GetString()))}']"
                    : $"{value.Name} => '{value.Value}'"
            );
        return $"SELECT * FROM {function}({string.Join(", ", parameters)})";
    }

    private Task MigrateAsync(params (string Name, string Value)[] settings) =>
        Database.MigrateAsync(Token, [("Indexing__Targets__0__Attempts", "coderepo_indexing_attempts"), .. settings]);
}

using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>A database of a test, and migrations of it.</summary>
internal sealed class MigrationFixture : IAsyncDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "coderepo-operator");

    private readonly TemporaryDirectory _directory = new();

    private MigrationFixture(PostgresDatabase database) => Database = database;

    /// <summary>The jobs of the original schema, which have a column of their start already.</summary>
    public static IndexingTarget Jobs { get; } =
        new()
        {
            Table = "indexing_jobs",
            Started = "started_at",
            Active = "running",
            Reset = "failed",
            Error = "error_message",
            Url = "",
        };

    public PostgresDatabase Database { get; }

    public RecordingLogger<Migration> Log { get; } = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Makes a database with these tables.</summary>
    public static async Task<MigrationFixture> StartAsync(PostgresServer server, string schema = PostgresDatabase.OriginalSchema)
    {
        var fixture = new MigrationFixture(await server.CreateDatabaseAsync(Token));
        await fixture.Database.RunAsync(schema, Token);
        return fixture;
    }

    /// <summary>The settings of the default table, or of these.</summary>
    public static IndexingOptions Settings(params IndexingTarget[] targets) => new() { Targets = targets };

    /// <summary>Migrates as the superuser, or another way.</summary>
    public async Task MigrateAsync(
        IndexingOptions settings,
        MigrationDirection direction = MigrationDirection.Up,
        string? connectionString = null,
        CancellationToken? cancellationToken = null
    )
    {
        await using var database = Open(settings, connectionString, out var options);
        await new Migration(database, options, TimeProvider.System, Log).RunAsync(direction, cancellationToken ?? Token);
    }

    /// <summary>What a migration would run; null: nothing.</summary>
    public async Task<string?> PrintAsync(IndexingOptions settings, MigrationDirection direction = MigrationDirection.Up)
    {
        await using var database = Open(settings, connectionString: null, out var options);
        return await new Migration(database, options, TimeProvider.System, Log).PrintAsync(direction, Token);
    }

    /// <summary>Sweeps a target as the operator does.</summary>
    public async Task<SweepResult> SweepAsync(IndexingTarget target)
    {
        await using var sweeper = new IndexingSweeper(
            new IndexingOptions { ConnectionFile = ConnectionFile(Database.ConnectionString), Targets = [target] },
            TimeProvider.System,
            new NoCodeRepos()
        );
        return await sweeper.SweepAsync();
    }

    /// <summary>Runs what was printed, as a person does.</summary>
    public Task<ProcessOutcome> PsqlAsync(string sql) =>
        ProcessRunner.RunAsync(
            "psql",
            ["--no-psqlrc", "--quiet", "--host=127.0.0.1", $"--port={Database.Port}", "--username=postgres", $"--dbname={Database.Name}"],
            new Dictionary<string, string> { ["PGPASSWORD"] = "postgres" },
            sql,
            Token
        );

    /// <summary>Runs <c>coderepo-operator migrate</c>.</summary>
    public Task<ProcessOutcome> ProgramAsync(IEnumerable<string> arguments, params (string Name, string Value)[] settings)
    {
        var environment = settings.ToDictionary(setting => setting.Name, setting => setting.Value);
        environment.TryAdd("Indexing__ConnectionFile", ConnectionFile(Database.ConnectionString));
        return ProcessRunner.RunAsync(Program, ["migrate", .. arguments], environment, "", Token);
    }

    /// <summary>A file with a connection string.</summary>
    public string ConnectionFile(string text)
    {
        var file = Path.Combine(_directory.Path, Path.GetRandomFileName());
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>The scripts that have run, in their order.</summary>
    public async Task<string> JournalAsync() =>
        await Database.ReadAsync<string>("SELECT string_agg(script, ' ' ORDER BY id) FROM coderepo_migrations", Token) ?? "";

    /// <summary>Waits until a session waits for another one to end.</summary>
    /// <returns>The process of the session that waits.</returns>
    public Task<int> WhenWaitingAsync(string queryBegins) =>
        Eventually.SeeAsync(
            $"a session waits in {queryBegins}",
            token =>
                Database.ReadAsync<int>(
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE $1 || '%' AND wait_event_type = "
                        + "'Lock'",
                    token,
                    queryBegins
                ),
            process => process != 0,
            TimeSpan.FromSeconds(30),
            Token
        );

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        _directory.Dispose();
    }

    private IndexingDatabase Open(IndexingOptions settings, string? connectionString, out IOptions<IndexingOptions> options)
    {
        // A pool of this run alone, which ends with it.
        options = Options.Create(
            new IndexingOptions
            {
                ConnectionFile = ConnectionFile(connectionString ?? Database.ConnectionString),
                Targets = settings.Targets,
                MaxResets = settings.MaxResets,
                MaxAttempts = settings.MaxAttempts,
            }
        );
        return new IndexingDatabase(options);
    }
}

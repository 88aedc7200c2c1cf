using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Machinery.Database;

/// <summary>A database with the original tables, migrated or not, and sweepers on it.</summary>
internal sealed class IndexingFixture : IAsyncDisposable
{
    /// <summary>The original's second table, as a target that has columns of its own for all that a sweep writes.</summary>
    public static readonly IndexingTarget Jobs = new()
    {
        Table = "indexing_jobs",
        Active = "running",
        Reset = "failed",
        Started = "started_at",
        Heartbeat = "",
        Token = "",
        Resets = "",
        Error = "error_message",
        Url = "",
        Branch = "",
    };

    private readonly TemporaryDirectory _directory = new();
    private readonly List<IndexingSweeper> _sweepers = [];

    private IndexingFixture(PostgresDatabase database)
    {
        Database = database;
        Connect(database.ConnectionString);
    }

    /// <summary>The database.</summary>
    public PostgresDatabase Database { get; }

    /// <summary>The file with the connection string, which the sweepers read.</summary>
    public string ConnectionFile => Path.Combine(_directory.Path, "connection");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Makes a database on the shared server, with the original tables as <c>migrate</c> leaves them.</summary>
    public static async Task<IndexingFixture> CreateAsync(PostgresServer server) => new(await server.CreateMigratedDatabaseAsync(Token));

    /// <summary>Makes a database on the shared server, with these tables.</summary>
    public static async Task<IndexingFixture> CreateAsync(PostgresServer server, string schema)
    {
        var fixture = new IndexingFixture(await server.CreateDatabaseAsync(Token));
        await fixture.Database.RunAsync(schema, Token);
        return fixture;
    }

    /// <summary>Makes a database on another server, with the original tables as <c>migrate</c> leaves them.</summary>
    public static async Task<IndexingFixture> CreateAsync(PostgresProcess server)
    {
        var fixture = new IndexingFixture(await PostgresDatabase.CreateAsync(server.Port, "indexing", Token));
        await fixture.Database.RunAsync(PostgresDatabase.OriginalSchema, Token);
        await fixture.Database.MigrateAsync(Token);
        return fixture;
    }

    /// <summary>Changes the connection string, as a Secret is changed.</summary>
    public void Connect(string connectionString) => File.WriteAllText(ConnectionFile, connectionString);

    /// <summary>Makes a sweeper, as another process would have it.</summary>
    public IndexingSweeper NewSweeper(
        Func<string, IndexingOptions>? options = null,
        TimeProvider? time = null,
        ICodeRepos? codeRepos = null
    )
    {
        var sweeper = new IndexingSweeper(
            options?.Invoke(ConnectionFile) ?? new IndexingOptions { ConnectionFile = ConnectionFile },
            time ?? TimeProvider.System,
            codeRepos ?? new NoCodeRepos()
        );
        _sweepers.Add(sweeper);
        return sweeper;
    }

    /// <summary>Sweeps once, with a sweeper of the defaults.</summary>
    public Task<SweepResult> SweepAsync() => NewSweeper().SweepAsync();

    /// <summary>Adds a row of <c>repositories</c> that a job took, with these stamps, as SQL has them.</summary>
    /// <returns>Its id.</returns>
    public async Task<Guid> AddAsync(string started, string heartbeat = "NULL")
    {
        var id = await Database.ReadAsync<Guid>("INSERT INTO repositories (status) VALUES ('indexing') RETURNING id", Token);
        await Database.RunAsync(
            $"UPDATE repositories SET indexing_token = 1, indexing_started_at = {started}, indexing_heartbeat_at = {heartbeat} WHERE id "
                + "= $1",
            Token,
            id
        );
        return id;
    }

    /// <summary>Adds a row without a sign of life for an hour.</summary>
    public Task<Guid> AddStuckAsync() => AddAsync("now() - interval '1 hour'");

    /// <summary>Adds many rows at once, without a sign of life for an hour and some more.</summary>
    public async Task AddStuckAsync(int count)
    {
        await Database.RunAsync("INSERT INTO repositories (status) SELECT 'indexing' FROM generate_series(1, $1)", Token, count);
        await Database.RunAsync(
            "UPDATE repositories SET indexing_token = 1, indexing_started_at = now() - interval '1 hour' - random() * interval '1 hour'",
            Token
        );
    }

    /// <summary>The status of a row.</summary>
    public Task<string?> StatusAsync(Guid id) => Database.ReadAsync<string>("SELECT status FROM repositories WHERE id = $1", Token, id);

    /// <summary>The token of a row.</summary>
    public Task<long> TokenAsync(Guid id) => Database.ReadAsync<long>("SELECT indexing_token FROM repositories WHERE id = $1", Token, id);

    /// <summary>How often a row was reset.</summary>
    public Task<int> ResetsAsync(Guid id) => Database.ReadAsync<int>("SELECT indexing_resets FROM repositories WHERE id = $1", Token, id);

    /// <summary>How many rows there are with a status.</summary>
    public Task<long> CountAsync(string status) =>
        Database.ReadAsync<long>("SELECT count(*) FROM repositories WHERE status = $1", Token, status);

    /// <summary>Opens a session of another, with a transaction that has done this and is not committed.</summary>
    public async Task<OtherSession> BeginAsync(string sql, params object[] values)
    {
        var session = await OtherSession.OpenAsync(Database, Token);
        await session.RunAsync("BEGIN", Token);
        await session.RunAsync(sql, Token, values);
        return session;
    }

    /// <summary>Waits until this many sessions of the database wait for a lock.</summary>
    public Task SeeBlockedAsync(int count = 1) =>
        Eventually.HoldsAsync(
            $"{count} sessions wait for a lock",
            async token =>
                await Database.ReadAsync<long>(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0",
                    token
                ) >= count,
            TimeSpan.FromSeconds(20),
            Token
        );

    public async ValueTask DisposeAsync()
    {
        foreach (var sweeper in _sweepers)
        {
            await sweeper.DisposeAsync();
        }

        await Database.DisposeAsync();
        _directory.Dispose();
    }
}

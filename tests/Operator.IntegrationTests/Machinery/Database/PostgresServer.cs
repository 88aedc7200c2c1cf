using Npgsql;

[assembly: AssemblyFixture(typeof(CodeRepoOperator.Machinery.Database.PostgresServer))]

namespace CodeRepoOperator.Machinery.Database;

/// <summary>
/// A real PostgreSQL, shared by all tests of the assembly: each takes a database of its own. It starts with the first test that
/// asks. A test that stops its server starts one of its own.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>Above what the tests that run side by side hold open together.</summary>
    private const string Connections = "max_connections=300";

    /// <summary>
    /// Silence counts from the start of the server, and this one has just been started. In its databases it was started long ago, so that
    /// rows of an hour ago are stuck. Tests of that rule have a server of their own.
    /// </summary>
    private const string StartedLongAgo = """
        ALTER FUNCTION pg_catalog.pg_postmaster_start_time() RENAME TO pg_postmaster_true_start_time;
        CREATE FUNCTION pg_catalog.pg_postmaster_start_time() RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT pg_catalog.timestamptz '2000-01-01' $$;
        """;

    private readonly TemporaryDirectory _directory = new();
    private readonly SemaphoreSlim _gate = new(1, 1);
    private PostgresProcess? _process;
    private string? _migrated;
    private int _databases;

    /// <summary>Starts the server if it is not running, and makes a database that no other test has.</summary>
    /// <returns>The way to it, as its superuser.</returns>
    public async Task<PostgresDatabase> CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        var port = await PortAsync(cancellationToken);
        return await PostgresDatabase.CreateAsync(port, NextName(), cancellationToken);
    }

    /// <summary>
    /// The same with the original tables as <c>coderepo-operator migrate</c> leaves them: a copy of one that it was run on.
    /// </summary>
    public async Task<PostgresDatabase> CreateMigratedDatabaseAsync(CancellationToken cancellationToken)
    {
        var port = await PortAsync(cancellationToken);
        await _gate.WaitAsync(cancellationToken);
        try
        {
            _migrated ??= await MigrateAsync(port, cancellationToken);
            return await PostgresDatabase.CreateAsync(port, NextName(), cancellationToken, template: _migrated);
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await (_process?.DisposeAsync() ?? ValueTask.CompletedTask);
        NpgsqlConnection.ClearAllPools();
        _gate.Dispose();
        _directory.Dispose();
    }

    private string NextName() => $"test_{Interlocked.Increment(ref _databases)}";

    /// <returns>The name of the database, which nobody is connected to.</returns>
    private static async Task<string> MigrateAsync(int port, CancellationToken cancellationToken)
    {
        const string Name = "migrated";
        await using var database = await PostgresDatabase.CreateAsync(port, Name, cancellationToken);
        await database.RunAsync(PostgresDatabase.OriginalSchema, cancellationToken);
        await database.MigrateAsync(cancellationToken);
        return Name;
    }

    private async Task<int> PortAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_process is null)
            {
                _process = await PostgresProcess.StartAsync(_directory.Path, cancellationToken, Connections);
                await using var source = NpgsqlDataSource.Create(
                    $"Host=127.0.0.1;Port={_process.Port};Username=postgres;Password=postgres;Database=template1;Pooling=false"
                );
                await using var command = source.CreateCommand(StartedLongAgo);
                await command.ExecuteNonQueryAsync(cancellationToken);
            }

            return _process.Port;
        }
        finally
        {
            _gate.Release();
        }
    }
}

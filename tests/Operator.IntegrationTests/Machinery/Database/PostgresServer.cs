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
            _process ??= await PostgresProcess.StartAsync(_directory.Path, cancellationToken, Connections);
            return _process.Port;
        }
        finally
        {
            _gate.Release();
        }
    }
}

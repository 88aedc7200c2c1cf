using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>
/// The one session of a migration: it holds the lock, reads the catalog between two scripts, and is what DbUp opens and closes. It is a
/// pool of one connection that nobody resets; a second connection would have neither the lock nor the settings.
/// </summary>
internal sealed class MigrationSession : IAsyncDisposable
{
    /// <summary>Between two tries to end a statement: DbUp may be between two of them at the first.</summary>
    private static readonly TimeSpan CancelPause = TimeSpan.FromMilliseconds(100);

    /// <summary>How long the server may take to end a statement. Then the connection is left, and the server finds it closed.</summary>
    private static readonly TimeSpan CancelTimeout = TimeSpan.FromSeconds(10);

    private readonly IndexingDatabase _database;
    private readonly TimeProvider _time;
    private Task _work = Task.CompletedTask;
    private int _process;

    private MigrationSession(IndexingDatabase database, TimeProvider time, NpgsqlDataSource source) =>
        (_database, _time, Source) = (database, time, source);

    /// <summary>The way to the session; one at a time has it.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>Opens a session on the primary, and sets it up.</summary>
    /// <exception cref="SetupException">There is no way to a session of its own.</exception>
    /// <exception cref="NpgsqlException">The database can't be reached, or refuses.</exception>
    public static async Task<MigrationSession> OpenAsync(IndexingDatabase database, TimeProvider time, CancellationToken cancellationToken)
    {
        var (host, port) = await PrimaryAsync(database, cancellationToken);
        var isSetUp = false;
        var own = await database.BuilderAsync(cancellationToken);
        var settings = own.ConnectionStringBuilder;

        // What a view or a trigger has against a change is in the detail of the error.
        (settings.Host, settings.Port, settings.Pooling, settings.IncludeErrorDetail) = (host, port, true, true);
        (settings.MinPoolSize, settings.MaxPoolSize, settings.ConnectionLifetime, settings.NoResetOnClose) = (1, 1, 0, true);
        own.UsePhysicalConnectionInitializer(
            _ => ThrowIfLost(isSetUp),
            _ =>
            {
                ThrowIfLost(isSetUp);
                return Task.CompletedTask;
            }
        );
        var session = new MigrationSession(database, time, own.Build());
        try
        {
            await session.SetUpAsync(cancellationToken);
            isSetUp = true;
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Does work that knows no token, in a thread of the pool. A stop ends its statement at the server.</summary>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        var running = Task.Run(work, CancellationToken.None);
        _work = running;
        try
        {
            return await running.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await EndWorkAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_work.IsCompleted && _process != 0)
        {
            await ResetAsync();
        }

        await Source.DisposeAsync();
    }

    /// <summary>Which of the hosts takes writes. The connection is not kept: a pooler may have few.</summary>
    private static async Task<(string? Host, int Port)> PrimaryAsync(IndexingDatabase database, CancellationToken cancellationToken)
    {
        await using var primary = await database.OpenAsync(cancellationToken);
        database.ForgetConnections();
        return (primary.Host, primary.Port);
    }

    private async Task SetUpAsync(CancellationToken cancellationToken)
    {
        await using var connection = await Source.OpenConnectionAsync(cancellationToken);

        // Before anything is set: others would find it in their sessions.
        if (await Poolers.LendsAsync(connection, _database, cancellationToken))
        {
            throw new SetupException(
                "the connection goes through a pooler that lends one session to several clients (as PgBouncer does with pool_mode = "
                    + "transaction): lead it to PostgreSQL itself."
            );
        }

        await using var settings = new NpgsqlCommand(StepSql.Session, connection);
        await settings.ExecuteNonQueryAsync(cancellationToken);
        _process = await Poolers.BackendAsync(connection, cancellationToken);
    }

    /// <summary>A pooler that keeps a session for one client may give it to another next.</summary>
    private async Task ResetAsync()
    {
        try
        {
            await using var connection = await Source.OpenConnectionAsync(CancellationToken.None);
            await using var reset = new NpgsqlCommand("DISCARD ALL", connection);
            await reset.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception error) when (DatabaseErrors.IsOne(error))
        {
            // The session has ended, and with it all that was set.
        }
    }

    private async Task EndWorkAsync()
    {
        var start = _time.GetTimestamp();
        while (!_work.IsCompleted && _time.GetElapsedTime(start) < CancelTimeout)
        {
            await CancelStatementAsync();
            await Task.WhenAny(_work, Task.Delay(CancelPause, _time, CancellationToken.None));
        }
    }

    private async Task CancelStatementAsync()
    {
        try
        {
            await using var connection = await _database.OpenAsync(CancellationToken.None);
            await using var cancel = new NpgsqlCommand("SELECT pg_cancel_backend($1)", connection)
            {
                Parameters = { new() { Value = _process } },
            };
            await cancel.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception error) when (DatabaseErrors.IsOne(error))
        {
            // Another try is due.
        }
    }

    private static void ThrowIfLost(bool isSetUp)
    {
        if (isSetUp)
        {
            throw new NpgsqlException(
                "A new session has no lock.",
                new IOException("the session of this migrate ended, and its lock with it")
            );
        }
    }
}

using Npgsql;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>
/// Finds out whether a session is lent to others between two transactions: settings and locks of a session mean nothing then. Nothing
/// is set for it, since others would find that: a session is known by its server process.
/// </summary>
internal static class Poolers
{
    private const string Backend = "SELECT pg_catalog.pg_backend_pid()";

    /// <summary>Clients beside the first, one after the other: each may come to another part of a pooler.</summary>
    private const int Clients = 2;

    /// <summary>Transactions of each: with others at work in a pool, a session is seldom got twice in a row.</summary>
    private const int Rounds = 5;

    /// <summary>
    /// An idle pooler with one session, or one that gives the last one used, gives another client the session of the first. One that gives
    /// its sessions in turn gives the first client another: therefore it asks twice in a row.
    /// </summary>
    /// <param name="connection">The session in question.</param>
    /// <param name="database">The way that it was made by.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<bool> LendsAsync(NpgsqlConnection connection, IndexingDatabase database, CancellationToken cancellationToken)
    {
        // Each a new one, to the same server.
        var builder = await database.BuilderAsync(cancellationToken);
        var settings = builder.ConnectionStringBuilder;
        (settings.Host, settings.Port, settings.Pooling) = (connection.Host, connection.Port, false);
        await using var others = builder.Build();
        var process = await BackendAsync(connection, cancellationToken);
        for (var client = 0; client < Clients; client++)
        {
            await using var other = await others.OpenConnectionAsync(cancellationToken);
            for (var round = 0; round < Rounds; round++)
            {
                if (
                    await BackendAsync(other, cancellationToken) == process
                    || await BackendAsync(connection, cancellationToken) != process
                    || await BackendAsync(connection, cancellationToken) != process
                )
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Reads which process of the server a connection has at this moment.</summary>
    public static async Task<int> BackendAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Backend, connection);
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}

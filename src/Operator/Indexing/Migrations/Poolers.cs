using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>
/// Finds out whether a session is lent to others between two transactions: settings and locks of a session mean nothing then.
/// </summary>
internal static class Poolers
{
    private const string Backend = "SELECT pg_backend_pid()";

    /// <summary>
    /// A pooler gives a process id that is not the server's. That alone is no harm, if it keeps a session for one client. A second
    /// session, while the first is open, says: it comes to the same process.
    /// </summary>
    public static async Task<bool> LendsAsync(IndexingDatabase database, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var first = await BackendAsync(connection, cancellationToken);
        if (first == connection.ProcessID)
        {
            return false;
        }

        await using var other = await database.OpenAsync(cancellationToken);
        return await BackendAsync(other, cancellationToken) == first;
    }

    private static async Task<int> BackendAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Backend, connection);
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}

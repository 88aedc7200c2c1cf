using Npgsql;
using NpgsqlTypes;

namespace CodeRepoOperator.IndexingClient;

/// <summary>
/// Claims on the rows of a table that <c>coderepo-operator migrate</c> has set up: jobs hold them while they work. Made once, used by
/// any number of jobs at once.
/// </summary>
public sealed class IndexingClaims
{
    private readonly NpgsqlDataSource _database;
    private readonly (string Claim, string Heartbeat, string Finish) _sql;

    /// <summary>The table that the migration gave the plain names to, or another one.</summary>
    /// <param name="database">The way to the database.</param>
    /// <param name="schema">The schema of the table, in which its functions are.</param>
    /// <param name="target">
    /// The name of a further target, as in <c>coderepo_claim_jobs</c>; empty: the first one, with <c>coderepo_claim</c>.
    /// </param>
    public IndexingClaims(NpgsqlDataSource database, string schema = "public", string target = "")
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(target);
        _database = database;
        var suffix = target.Length > 0 ? $"_{target}" : "";
        string Function(string name) => $"{Quoted(schema)}.{Quoted($"coderepo_{name}{suffix}")}";
        _sql = (
            $"SELECT {Function("claim")}($1, $2)",
            $"SELECT {Function("heartbeat")}($1, $2)",
            $"SELECT {Function("finish")}($1, $2, $3)"
        );
    }

    /// <summary>Takes a row, if nobody holds it or its holder has given no sign of life for too long.</summary>
    /// <typeparam name="TKey">The type of the table's key, such as <see cref="Guid"/> or <see cref="long"/>.</typeparam>
    /// <param name="key">The row's key.</param>
    /// <param name="staleAfter">How long its holder may be silent.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>The claim; null: another holds the row, there is none, or it was given up after too many resets.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="staleAfter"/> is negative.</exception>
    /// <exception cref="NpgsqlException">The database could not be asked.</exception>
    public async Task<IndexingClaim<TKey>?> ClaimAsync<TKey>(TKey key, TimeSpan staleAfter, CancellationToken cancellationToken)
        where TKey : notnull
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(staleAfter, TimeSpan.Zero);

        // Npgsql makes days of every 24 hours of a TimeSpan, and by the clock of the session's time zone a day may have 23 hours, or 25.
        var elapsed = new NpgsqlInterval(months: 0, days: 0, time: staleAfter.Ticks / TimeSpan.TicksPerMicrosecond);
        return await AskAsync(_sql.Claim, cancellationToken, key, elapsed) is long token
            ? new IndexingClaim<TKey>(this, key, token, staleAfter)
            : null;
    }

    internal async Task<bool> HeartbeatAsync(object key, long token, CancellationToken cancellationToken) =>
        await AskAsync(_sql.Heartbeat, cancellationToken, key, token) is true;

    internal async Task<bool> FinishAsync(object key, long token, string status, CancellationToken cancellationToken) =>
        await AskAsync(_sql.Finish, cancellationToken, key, token, status) is true;

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private async Task<object?> AskAsync(string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = _database.CreateCommand(sql);
        command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}

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
    private readonly (string Claim, string ClaimAs, string ClaimDelayed, string ClaimNext, string Heartbeat, string Finish) _sql;

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
            $"SELECT {Function("claim")}($1, $2, $3)",
            $"SELECT {Function("claim")}($1, $2, $3, true)",
            $"SELECT id, token FROM {Function("claim_next")}($1, $2, $3)",
            $"SELECT {Function("heartbeat")}($1, $2)",
            $"SELECT {Function("finish")}($1, $2, $3)"
        );
    }

    /// <summary>
    /// Takes a row, if nobody holds it and it is not kept back, or its holder has given no sign of life for too long.
    /// </summary>
    /// <typeparam name="TKey">The type of the table's key, such as <see cref="Guid"/> or <see cref="long"/>.</typeparam>
    /// <param name="key">The row's key.</param>
    /// <param name="staleAfter">How long its holder may be silent.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>The claim; null: another holds the row, there is none, it is kept back, or it was given up.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="staleAfter"/> is negative.</exception>
    /// <exception cref="NpgsqlException">The database could not be asked.</exception>
    public Task<IndexingClaim<TKey>?> ClaimAsync<TKey>(TKey key, TimeSpan staleAfter, CancellationToken cancellationToken)
        where TKey : notnull => ClaimAsync(_sql.Claim, key, staleAfter, [], cancellationToken);

    /// <summary>Takes a row as the other one does, and says who takes it.</summary>
    /// <typeparam name="TKey">The type of the table's key, such as <see cref="Guid"/> or <see cref="long"/>.</typeparam>
    /// <param name="key">The row's key.</param>
    /// <param name="staleAfter">How long its holder may be silent.</param>
    /// <param name="holder">Who takes it: any text. <see cref="IndexingHolder.Pod"/> makes that of a pod.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>The claim; null: another holds the row, there is none, it is kept back, or it was given up.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="staleAfter"/> is negative.</exception>
    /// <exception cref="NpgsqlException">The database could not be asked.</exception>
    public Task<IndexingClaim<TKey>?> ClaimAsync<TKey>(TKey key, TimeSpan staleAfter, string holder, CancellationToken cancellationToken)
        where TKey : notnull => ClaimAsync(_sql.ClaimAs, key, staleAfter, [holder], cancellationToken);

    /// <summary>
    /// Takes a row as the others do, also if it is kept back: because it was reset several times in a row, or somebody wrote a later time
    /// into <c>indexing_not_before</c>.
    /// </summary>
    /// <typeparam name="TKey">The type of the table's key, such as <see cref="Guid"/> or <see cref="long"/>.</typeparam>
    /// <param name="key">The row's key.</param>
    /// <param name="staleAfter">How long its holder may be silent.</param>
    /// <param name="holder">Who takes it; null: that is not said.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>The claim; null: another holds the row, there is none, or it was given up after too many resets.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="staleAfter"/> is negative.</exception>
    /// <exception cref="NpgsqlException">The database could not be asked.</exception>
    public async Task<IndexingClaim<TKey>?> ClaimDelayedAsync<TKey>(
        TKey key,
        TimeSpan staleAfter,
        string? holder,
        CancellationToken cancellationToken
    )
        where TKey : notnull
    {
        await using var command = Command(_sql.ClaimDelayed, key, Elapsed(staleAfter), (object?)holder ?? DBNull.Value);
        command.Parameters[2].NpgsqlDbType = NpgsqlDbType.Text;
        return await command.ExecuteScalarAsync(cancellationToken) is long token
            ? new IndexingClaim<TKey>(this, key, token, staleAfter)
            : null;
    }

    /// <summary>
    /// Takes the next row: of those with one of these statuses the one that has waited for longest; if there is none, the one whose holder
    /// has been silent for longest.
    /// </summary>
    /// <typeparam name="TKey">The type of the table's key, such as <see cref="Guid"/> or <see cref="long"/>.</typeparam>
    /// <param name="statuses">The statuses of rows that wait for a job.</param>
    /// <param name="staleAfter">How long the holder of a row may be silent.</param>
    /// <param name="holder">Who takes it; null: that is not said.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>The claim; null: there is nothing to do now.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="staleAfter"/> is negative.</exception>
    /// <exception cref="NpgsqlException">The database could not be asked.</exception>
    public async Task<IndexingClaim<TKey>?> ClaimNextAsync<TKey>(
        IReadOnlyCollection<string> statuses,
        TimeSpan staleAfter,
        string? holder,
        CancellationToken cancellationToken
    )
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(statuses);
        await using var command = Command(_sql.ClaimNext, statuses.ToArray(), Elapsed(staleAfter), (object?)holder ?? DBNull.Value);
        command.Parameters[2].NpgsqlDbType = NpgsqlDbType.Text;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new IndexingClaim<TKey>(this, await reader.GetFieldValueAsync<TKey>(0, cancellationToken), reader.GetInt64(1), staleAfter)
            : null;
    }

    internal async Task<bool> HeartbeatAsync(object key, long token, CancellationToken cancellationToken) =>
        await AskAsync(_sql.Heartbeat, cancellationToken, key, token) is true;

    internal async Task<bool> FinishAsync(object key, long token, string status, CancellationToken cancellationToken) =>
        await AskAsync(_sql.Finish, cancellationToken, key, token, status) is true;

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private async Task<IndexingClaim<TKey>?> ClaimAsync<TKey>(
        string sql,
        TKey key,
        TimeSpan staleAfter,
        object[] more,
        CancellationToken cancellationToken
    )
        where TKey : notnull =>
        await AskAsync(sql, cancellationToken, [key, Elapsed(staleAfter), .. more]) is long token
            ? new IndexingClaim<TKey>(this, key, token, staleAfter)
            : null;

    /// <summary>
    /// Npgsql makes days of every 24 hours of a TimeSpan, and by the clock of the session's time zone a day may have 23 hours, or 25.
    /// </summary>
    private static NpgsqlInterval Elapsed(TimeSpan staleAfter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(staleAfter, TimeSpan.Zero);
        return new NpgsqlInterval(months: 0, days: 0, time: staleAfter.Ticks / TimeSpan.TicksPerMicrosecond);
    }

    private async Task<object?> AskAsync(string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = Command(sql, values);
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    private NpgsqlCommand Command(string sql, params object[] values)
    {
        var command = _database.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }
}

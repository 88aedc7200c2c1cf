using System.Data;
using Npgsql;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>
/// Writes texts into a column of rows, and goes around those that can't be changed. A row that is locked just now, or has another URL by
/// then, is left for the next time.
/// </summary>
/// <param name="connection">An open connection to the primary.</param>
/// <param name="options">How long a statement may wait and take.</param>
internal sealed class RowTextWriter(NpgsqlConnection connection, IndexingOptions options)
{
    /// <summary>Rows to a transaction: what it locks, a job may be waiting for.</summary>
    private const int BatchSize = 100;

    /// <summary>Writes texts.</summary>
    /// <param name="target">The table.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="column">The column that the texts are for.</param>
    /// <param name="changes">The texts. Rows are locked in this order: each process must have the same.</param>
    /// <param name="cancellationToken">Ends it between two batches.</param>
    /// <returns>How many rows were changed, and which can't be.</returns>
    /// <exception cref="NpgsqlException">The server could not be asked, or refuses whatever the rows are.</exception>
    public async Task<(int Changed, IReadOnlyList<(RowTextChange Row, PostgresException Error)> Refused)> WriteAsync(
        IndexingTarget target,
        TableColumns columns,
        string column,
        IEnumerable<RowTextChange> changes,
        CancellationToken cancellationToken
    )
    {
        var sql = Sql(target, columns, column);
        var changed = 0;
        var division = new RowDivision<RowTextChange>(async rows => changed += await WriteAsync(sql, rows, cancellationToken));
        foreach (var batch in changes.Chunk(BatchSize))
        {
            if (await division.TryAsync(batch) is { } error)
            {
                // What fails without any row is no row's fault.
                await WriteAsync(sql, [], cancellationToken);
                await division.DivideAsync(batch, error, isOver: () => false);
            }
        }

        return (changed, division.Refused);
    }

    private async Task<int> WriteAsync(string sql, IReadOnlyList<RowTextChange> rows, CancellationToken cancellationToken)
    {
        if (connection.State != ConnectionState.Open)
        {
            // Some errors end the connection, and a row may be the cause of one.
            await connection.CloseAsync();
            await connection.OpenAsync(cancellationToken);
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await StatementLimits.ApplyAsync(connection, options, cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection)
        {
            Parameters =
            {
                TextParameter.Of(rows.Select(row => row.Key)),
                TextParameter.Of(rows.Select(row => row.Url)),
                TextParameter.Of(rows.Select(row => row.Text)),
            },
        };
        var changed = await command.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return changed;
    }

    private static string Sql(IndexingTarget target, TableColumns columns, string column)
    {
        var (table, key, text) = (new TargetSql(target, columns).Table, SqlName.Quoted(target.Key), SqlName.Quoted(column));
        return $"""
            WITH wanted AS (
              SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (key, url, value)),
            free AS MATERIALIZED (
              SELECT t.{key} AS key, wanted.url, wanted.value FROM {table} t JOIN wanted ON t.{key} = wanted.key::{columns.Types[
                target.Key
            ]}
              WHERE COALESCE(t.{SqlName.Quoted(target.Url)}::text, '') = wanted.url AND t.{text} IS DISTINCT FROM wanted.value
              ORDER BY wanted.key FOR NO KEY UPDATE OF t SKIP LOCKED)
            UPDATE {table} t SET {text} = free.value FROM free
            WHERE t.{key} = free.key AND COALESCE(t.{SqlName.Quoted(
                target.Url
            )}::text, '') = free.url AND t.{text} IS DISTINCT FROM free.value
            """;
    }
}

using CodeRepoOperator.Indexing.Tables;
using Npgsql;
using NpgsqlTypes;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>Writes folders of clones into rows.</summary>
internal static class LocalPathUpdate
{
    /// <summary>Rows to a transaction: what it locks, a job may be waiting for.</summary>
    private const int BatchSize = 100;

    /// <summary>Writes.</summary>
    /// <returns>How many rows were changed. A row that is locked just now is left for the next time.</returns>
    /// <exception cref="NpgsqlException">The database could not do it.</exception>
    public static async Task<int> WriteAsync(
        NpgsqlConnection connection, IndexingTarget target, TableColumns columns, IReadOnlyList<LocalPath> paths, IndexingOptions options, CancellationToken cancellationToken)
    {
        var changed = 0;
        foreach (var batch in paths.Chunk(BatchSize))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await StatementLimits.ApplyAsync(connection, options, cancellationToken);
            await using var command = new NpgsqlCommand(Sql(target, columns), connection)
            {
                Parameters = { Texts(batch.Select(path => path.Key)), Texts(batch.Select(path => path.Url)), Texts(batch.Select(path => path.Path)) },
            };
            changed += await command.ExecuteNonQueryAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        return changed;
    }

    private static NpgsqlParameter Texts(IEnumerable<string> texts) => new() { Value = texts.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    private static string Sql(IndexingTarget target, TableColumns columns)
    {
        var (table, key, path) = (new TargetSql(target, columns).Table, SqlName.Quoted(target.Key), SqlName.Quoted(target.LocalPath));
        return $"""
            WITH wanted AS (
              SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (key, url, path)),
            free AS MATERIALIZED (
              SELECT t.{key} AS key, wanted.url, wanted.path FROM {table} t JOIN wanted ON t.{key} = wanted.key::{columns.Types[target.Key]}
              WHERE t.{SqlName.Quoted(target.Url)}::text = wanted.url AND t.{path} IS DISTINCT FROM wanted.path
              ORDER BY wanted.key FOR NO KEY UPDATE OF t SKIP LOCKED)
            UPDATE {table} t SET {path} = free.path FROM free
            WHERE t.{key} = free.key AND t.{SqlName.Quoted(target.Url)}::text = free.url AND t.{path} IS DISTINCT FROM free.path
            """;
    }
}

using CodeRepoOperator.Entities;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Monitoring;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>Writes the directories of clones into rows. What hinders it is logged, and nobody else's business.</summary>
internal sealed class LocalPathWriter(IndexingDatabase database, IOptions<IndexingOptions> options, ILogger<LocalPathWriter> log)
{
    /// <summary>Rows to a transaction: what it locks, a job may be waiting for.</summary>
    private const int BatchSize = 100;

    private readonly LoggedFailures<string> _logged = new();

    /// <summary>Writes into the rows of a target whose directory is not the one of their CodeRepo's clone.</summary>
    /// <param name="target">The target.</param>
    /// <param name="repos">The CodeRepos that have a clone.</param>
    /// <param name="cancellationToken">Ends it between two batches.</param>
    public async Task WriteAsync(IndexingTarget target, IReadOnlyList<CodeRepo> repos, CancellationToken cancellationToken)
    {
        try
        {
            var changed = await TryAsync(target, repos, cancellationToken);
            if (changed > 0)
            {
                log.LocalPathSet(target.LocalPath, changed, target.Label);
            }

            if (_logged.IsOver(target.Label))
            {
                log.LocalPathKeptAgain(target.LocalPath, target.Label);
            }
        }
        catch (Exception error) when (error is SetupException || DatabaseErrors.IsOne(error))
        {
            var kind = error is PostgresException refusal ? refusal.SqlState : error.GetType().Name;
            if (_logged.IsNew(target.Label, kind))
            {
                var why = error is SetupException ? error.Message : DatabaseErrors.Describe(error);
                log.LocalPathNotKept(target.LocalPath, target.Label, why);
            }
        }
    }

    /// <returns>How many rows were changed. A row that is locked just now is left for the next time.</returns>
    private async Task<int> TryAsync(IndexingTarget target, IReadOnlyList<CodeRepo> repos, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var columns = await ColumnProbe.ReadAsync(connection, target, cancellationToken);
        if (columns is null || !LocalPath.IsKept(target, columns))
        {
            throw new SetupException("the table, or a column that it takes, is missing: migrate, or correct Indexing:Targets");
        }

        var desired = repos.Select(repo => DesiredRow.Of(repo, options.Value)).ToList();
        var owners = await new CodeRepoRowQuery(target, columns, options.Value).MatchAsync(connection, desired, cancellationToken);
        var sql = Sql(target, columns);
        var changed = 0;
        foreach (var batch in LocalPath.Wrong(repos, owners, options.Value.LocalPathPrefix).Chunk(BatchSize))
        {
            changed += await WriteAsync(connection, sql, batch, cancellationToken);
        }

        return changed;
    }

    private async Task<int> WriteAsync(
        NpgsqlConnection connection,
        string sql,
        IReadOnlyList<LocalPath> paths,
        CancellationToken cancellationToken
    )
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await StatementLimits.ApplyAsync(connection, options.Value, cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection)
        {
            Parameters =
            {
                Texts(paths.Select(path => path.Key)),
                Texts(paths.Select(path => path.Url)),
                Texts(paths.Select(path => path.Path)),
            },
        };
        var changed = await command.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return changed;
    }

    private static NpgsqlParameter Texts(IEnumerable<string> texts) =>
        new() { Value = texts.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

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

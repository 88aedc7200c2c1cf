using System.Data;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Text;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>Writes the directories of clones into rows. What hinders it is logged, and nobody else's business.</summary>
internal sealed class LocalPathWriter(IndexingDatabase database, IOptions<IndexingOptions> options, ILogger<LocalPathWriter> log)
{
    /// <summary>Rows to a transaction: what it locks, a job may be waiting for.</summary>
    private const int BatchSize = 100;

    /// <summary>How many rows that can't be changed a message names.</summary>
    private const int MaxShown = 20;

    private readonly LoggedFailures<string> _logged = new();

    /// <summary>Writes into the rows of a target whose directory is not the one of their CodeRepo's clone.</summary>
    /// <param name="target">The target.</param>
    /// <param name="repos">The CodeRepos that have a clone.</param>
    /// <param name="cancellationToken">Ends it between two batches.</param>
    public async Task WriteAsync(IndexingTarget target, IReadOnlyList<CodeRepo> repos, CancellationToken cancellationToken)
    {
        try
        {
            var (changed, refused) = await TryAsync(target, repos, cancellationToken);
            if (changed > 0)
            {
                log.LocalPathSet(target.LocalPath, changed, target.Label);
            }

            if (refused.Count > 0)
            {
                ReportRefused(target, refused);
            }
            else if (_logged.IsOver(target.Label))
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

    private void ReportRefused(IndexingTarget target, IReadOnlyList<(LocalPath Path, PostgresException Error)> refused)
    {
        var named = string.Join(
            " ",
            refused
                .Take(MaxShown)
                .Select(one => $"{ForeignText.Escaped(one.Path.Key, ForeignText.LongestValue)}: {DatabaseErrors.Describe(one.Error)}")
        );
        var why = $"{refused.Count} rows can't be changed. {named}{(refused.Count > MaxShown ? " …" : "")}";
        if (_logged.IsNew(target.Label, why))
        {
            log.LocalPathRefused(target.LocalPath, target.Label, why);
        }
    }

    /// <returns>How many rows were changed, and which can't be. A row that is locked just now is left for the next time.</returns>
    private async Task<(int Changed, IReadOnlyList<(LocalPath Path, PostgresException Error)> Refused)> TryAsync(
        IndexingTarget target,
        IReadOnlyList<CodeRepo> repos,
        CancellationToken cancellationToken
    )
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
        var division = new RowDivision<LocalPath>(async paths => changed += await WriteAsync(connection, sql, paths, cancellationToken));
        foreach (var batch in LocalPath.Wrong(repos, owners, options.Value.LocalPathPrefix).Chunk(BatchSize))
        {
            if (await division.TryAsync(batch) is { } error)
            {
                // What fails without any row is no row's fault.
                await WriteAsync(connection, sql, [], cancellationToken);
                await division.DivideAsync(batch, error, isOver: () => false);
            }
        }

        return (changed, division.Refused);
    }

    private async Task<int> WriteAsync(
        NpgsqlConnection connection,
        string sql,
        IReadOnlyList<LocalPath> paths,
        CancellationToken cancellationToken
    )
    {
        if (connection.State != ConnectionState.Open)
        {
            // Some errors end the connection, and a row may be the cause of one.
            await connection.CloseAsync();
            await connection.OpenAsync(cancellationToken);
        }

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

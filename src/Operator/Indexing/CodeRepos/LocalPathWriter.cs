using CodeRepoOperator.Entities;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Monitoring;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>Writes the directories of clones into rows. What hinders it is logged, and nobody else's business.</summary>
internal sealed class LocalPathWriter(IndexingDatabase database, IOptions<IndexingOptions> options, ILogger<LocalPathWriter> log)
{
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
            if (_logged.IsNew(target.Label, DatabaseErrors.Kind(error)))
            {
                var why = error is SetupException ? error.Message : DatabaseErrors.Describe(error);
                log.LocalPathNotKept(target.LocalPath, target.Label, why);
            }
        }
    }

    private void ReportRefused(IndexingTarget target, IReadOnlyList<(RowTextChange Row, PostgresException Error)> refused)
    {
        var rows = refused.Select(one => (one.Row.Key, DatabaseErrors.Describe(one.Error)));
        var why = $"{refused.Count} rows can't be changed. {RowText.Named(rows, refused.Count, MaxShown)}";
        if (_logged.IsNew(target.Label, why))
        {
            log.LocalPathRefused(target.LocalPath, target.Label, why);
        }
    }

    /// <returns>How many rows were changed, and which can't be. A row that is locked just now is left for the next time.</returns>
    private async Task<(int Changed, IReadOnlyList<(RowTextChange Row, PostgresException Error)> Refused)> TryAsync(
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
        var changes = LocalPath
            .Wrong(repos, owners, options.Value.LocalPathPrefix)
            .Select(path => new RowTextChange(path.Key, path.Url, path.Path));
        return await new RowTextWriter(connection, options.Value).WriteAsync(target, columns, target.LocalPath, changes, cancellationToken);
    }
}

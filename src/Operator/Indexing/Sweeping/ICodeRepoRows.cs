using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>What a sweep has to do with CodeRepos: with none where it runs without a cluster.</summary>
internal interface ICodeRepoRows
{
    /// <summary>Finds the rows of a target whose CodeRepos ask for a threshold of their own. Called before the target is swept.</summary>
    /// <exception cref="NpgsqlException">The database could not be asked.</exception>
    Task<IReadOnlyList<RowThreshold>> ThresholdsAsync(
        NpgsqlConnection connection, IndexingTarget target, TableColumns columns, CancellationToken cancellationToken);

    /// <summary>Tells CodeRepos how their rows stand. Called after all targets were swept, also when that failed.</summary>
    Task ReportAsync(IReadOnlyList<TargetSweep> sweeps, CancellationToken cancellationToken);
}

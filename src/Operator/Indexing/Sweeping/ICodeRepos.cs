using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>What a sweep has to do with CodeRepos: with none where it runs without a cluster.</summary>
internal interface ICodeRepos
{
    /// <summary>
    /// Finds the rows of a target whose CodeRepos ask for another threshold than the target's. Called before the target is swept.
    /// </summary>
    /// <returns>By the row's key, as text, how long it may be active without a sign of life; within the administrator's bounds.</returns>
    /// <exception cref="NpgsqlException">The database could not be asked.</exception>
    Task<IReadOnlyDictionary<string, TimeSpan>> ThresholdsAsync(
        NpgsqlConnection connection,
        IndexingTarget target,
        TableColumns columns,
        CancellationToken cancellationToken
    );

    /// <summary>Reports the state of their rows to CodeRepos. Called after all targets were swept, also when that failed.</summary>
    Task ReportAsync(IReadOnlyList<SweepResult> results, CancellationToken cancellationToken);
}

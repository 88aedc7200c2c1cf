using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>A sweep without a cluster: all rows have the threshold of their table, and nobody is told but the log.</summary>
internal sealed class NoCodeRepos : ICodeRepoRows
{
    /// <inheritdoc />
    public Task<IReadOnlyList<RowThreshold>> ThresholdsAsync(
        NpgsqlConnection connection, IndexingTarget target, TableColumns columns, CancellationToken cancellationToken)
        => Task.FromResult<IReadOnlyList<RowThreshold>>([]);

    /// <inheritdoc />
    public Task ReportAsync(IReadOnlyList<TargetSweep> sweeps, CancellationToken cancellationToken) => Task.CompletedTask;
}

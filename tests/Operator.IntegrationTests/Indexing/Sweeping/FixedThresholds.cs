using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>CodeRepos that ask for these thresholds, and keep what they are told.</summary>
internal sealed class FixedThresholds(params RowThreshold[] rows) : ICodeRepoRows
{
    /// <summary>What they were told so far.</summary>
    public List<TargetSweep> Reported { get; } = [];

    public Task<IReadOnlyList<RowThreshold>> ThresholdsAsync(
        NpgsqlConnection connection, IndexingTarget target, TableColumns columns, CancellationToken cancellationToken)
        => Task.FromResult<IReadOnlyList<RowThreshold>>(rows);

    public Task ReportAsync(IReadOnlyList<TargetSweep> sweeps, CancellationToken cancellationToken)
    {
        Reported.AddRange(sweeps);
        return Task.CompletedTask;
    }
}

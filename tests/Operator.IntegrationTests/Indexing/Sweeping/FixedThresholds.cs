using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>CodeRepos that ask for these thresholds, and keep what they are reported.</summary>
internal sealed class FixedThresholds(params KeyValuePair<string, TimeSpan>[] rows) : ICodeRepos
{
    /// <summary>What they were reported so far.</summary>
    public List<SweepResult> Reported { get; } = [];

    public Task<IReadOnlyDictionary<string, TimeSpan>> ThresholdsAsync(
        NpgsqlConnection connection,
        IndexingTarget target,
        TableColumns columns,
        CancellationToken cancellationToken
    ) => Task.FromResult<IReadOnlyDictionary<string, TimeSpan>>(rows.ToDictionary(StringComparer.Ordinal));

    public Task ReportAsync(IReadOnlyList<SweepResult> results, CancellationToken cancellationToken)
    {
        Reported.AddRange(results);
        return Task.CompletedTask;
    }
}

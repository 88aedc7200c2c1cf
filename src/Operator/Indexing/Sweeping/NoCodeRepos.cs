using System.Collections.ObjectModel;
using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>A sweep without a cluster: all rows have the threshold of their table, and only the log reports it.</summary>
internal sealed class NoCodeRepos : ICodeRepos
{
    /// <inheritdoc />
    public Task<IReadOnlyDictionary<string, TimeSpan>> ThresholdsAsync(
        NpgsqlConnection connection,
        IndexingTarget target,
        TableColumns columns,
        CancellationToken cancellationToken
    ) => Task.FromResult<IReadOnlyDictionary<string, TimeSpan>>(ReadOnlyDictionary<string, TimeSpan>.Empty);

    /// <inheritdoc />
    public Task ReportAsync(IReadOnlyList<SweepResult> results, CancellationToken cancellationToken) => Task.CompletedTask;
}

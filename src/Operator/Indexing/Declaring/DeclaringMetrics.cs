using Prometheus;

namespace CodeRepoOperator.Indexing.Declaring;

/// <summary>What the keeping of CodeRepos that rows declare counts.</summary>
internal sealed class DeclaringMetrics
{
    private readonly Gauge _rows;
    private readonly Counter _writes;

    public DeclaringMetrics(IMetricFactory metrics)
    {
        _rows = metrics.CreateGauge(
            "coderepo_indexing_declaring_rows",
            "Rows that may declare CodeRepos by state: declared, refused (no CodeRepo can be made of them).",
            ["state"]
        );
        _writes = metrics.CreateCounter(
            "coderepo_indexing_declared_repos_total",
            "Requests to keep CodeRepos as rows declare them by result: created, updated, pruned, failed (reads of the table too).",
            ["result"]
        );
        Count(declared: 0, refused: 0);
        foreach (var result in Enum.GetValues<DeclarationResult>())
        {
            // A series that begins at 1 hides its first increase from rate().
            _writes.WithLabels(Name(result));
        }
    }

    /// <summary>Sets how many rows there are.</summary>
    public void Count(int declared, int refused)
    {
        _rows.WithLabels("declared").Set(declared);
        _rows.WithLabels("refused").Set(refused);
    }

    /// <summary>Counts a request.</summary>
    public void Written(DeclarationResult result) => _writes.WithLabels(Name(result)).Inc();

    private static string Name(DeclarationResult result) => result.ToString().ToLowerInvariant();
}

using Prometheus;

namespace CodeRepoOperator.Api.Archives;

/// <summary>What archives count.</summary>
internal sealed class ArchiveMetrics
{
    private readonly Counter _archives;

    public ArchiveMetrics(IMetricFactory metrics)
    {
        _archives = metrics.CreateCounter("coderepo_archives_total", "Requests for archives, by how they were responded to.", ["result"]);
        foreach (var result in Enum.GetNames<ArchiveResult>())
        {
            // A series that begins at 1 hides its first increase from rate().
            _archives.WithLabels(result);
        }
    }

    public void Responded(ArchiveResult result) => _archives.WithLabels(result.ToString()).Inc();
}

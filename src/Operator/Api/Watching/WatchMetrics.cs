using Prometheus;

namespace CodeRepoOperator.Api.Watching;

/// <summary>What watches count.</summary>
internal sealed class WatchMetrics
{
    private readonly Gauge _open;
    private readonly Counter.Child _opened;
    private readonly Counter.Child _refused;
    private readonly Counter _published;

    public WatchMetrics(IMetricFactory metrics)
    {
        _open = metrics.CreateGauge("coderepo_api_watches", "Watches of CodeRepos that are open.");
        var requests = metrics.CreateCounter(
            "coderepo_api_watch_requests_total",
            "Requests to watch a CodeRepo by result: opened, refused.",
            ["result"]
        );
        (_opened, _refused) = (requests.WithLabels("opened"), requests.WithLabels("refused"));
        _published = metrics.CreateCounter("coderepo_api_watch_events_total", "Trees that watches were told of.");
    }

    /// <summary>A watch has begun.</summary>
    /// <returns>To be disposed of when it ends.</returns>
    public IDisposable Opened()
    {
        _opened.Inc();
        return _open.TrackInProgress();
    }

    /// <summary>A watch was refused.</summary>
    public void Refused() => _refused.Inc();

    /// <summary>A tree was told of.</summary>
    public void Published() => _published.Inc();
}

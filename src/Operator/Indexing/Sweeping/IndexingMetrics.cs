using CodeRepoOperator.Indexing.Tables;
using Microsoft.Extensions.Options;
using Prometheus;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>What the recovery of stuck rows counts.</summary>
internal sealed class IndexingMetrics
{
    private readonly Counter _reset;
    private readonly Counter _exhausted;
    private readonly Counter _skippedLocked;
    private readonly Counter _sweeps;
    private readonly Histogram _duration;
    private readonly Gauge _stuck;
    private readonly Gauge _oldest;
    private readonly Gauge _degraded;

    public IndexingMetrics(IMetricFactory metrics, IOptions<IndexingOptions> options)
    {
        _reset = metrics.CreateCounter(
            "coderepo_indexing_rows_reset_total",
            "Rows that were reset, those given up included, by cause: silent, pod_gone.",
            ["target", "cause"]
        );
        _exhausted = metrics.CreateCounter("coderepo_indexing_rows_exhausted_total", "Stuck rows that were given up.", ["target"]);
        _skippedLocked = metrics.CreateCounter(
            "coderepo_indexing_rows_skipped_locked_total",
            "Stuck rows that a sweep left because others had them locked; counted by each sweep.",
            ["target"]
        );
        _sweeps = metrics.CreateCounter(
            "coderepo_indexing_sweeps_total",
            "Sweeps by result: swept, degraded, failed.",
            ["target", "result"]
        );
        _duration = metrics.CreateHistogram(
            "coderepo_indexing_sweep_duration_seconds",
            "How long the sweep of a target took.",
            ["target"],
            new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.001, 4, 10) }
        );
        _stuck = metrics.CreateGauge(
            "coderepo_indexing_rows_stuck",
            "Rows past their threshold that the last sweep left: locked, refused, or not to be changed.",
            ["target"]
        );
        _oldest = metrics.CreateGauge(
            "coderepo_indexing_oldest_age_seconds",
            "How long ago the oldest sign of life of an active row was; 0: there is none.",
            ["target"]
        );
        _degraded = metrics.CreateGauge(
            "coderepo_indexing_degraded",
            "1: columns are missing, so that rows are recovered in part or not at all.",
            ["target"]
        );
        foreach (var target in options.Value.AllTargets)
        {
            Begin(target.Label);
        }
    }

    /// <summary>Counts the sweep of a target.</summary>
    /// <param name="result">What it did.</param>
    /// <param name="dryRun">Whether what it says was reset was not.</param>
    /// <param name="duration">How long it took.</param>
    public void Swept(SweepResult result, bool dryRun, TimeSpan duration)
    {
        var label = result.Target.Label;
        _sweeps.WithLabels(label, Name(result.Outcome)).Inc();
        _duration.WithLabels(label).Observe(duration.TotalSeconds);
        if (!dryRun)
        {
            foreach (var cause in result.Reset.CountBy(row => row.Cause))
            {
                _reset.WithLabels(label, cause.Key.Name()).Inc(cause.Value);
            }

            _exhausted.WithLabels(label).Inc(result.Exhausted.Count());
            _skippedLocked.WithLabels(label).Inc(result.SkippedLocked);
        }

        if (result.Left is { } left)
        {
            _stuck.WithLabels(label).Set(left);
        }

        if (result.OldestAge is { } oldest)
        {
            _oldest.WithLabels(label).Set(oldest.TotalSeconds);
        }

        if (result.IsDegraded is { } isDegraded)
        {
            _degraded.WithLabels(label).Set(isDegraded ? 1 : 0);
        }
    }

    /// <summary>A series that begins at 1 hides its first increase from rate().</summary>
    private void Begin(string label)
    {
        foreach (var counter in new[] { _exhausted, _skippedLocked })
        {
            counter.WithLabels(label);
        }

        foreach (var cause in Enum.GetValues<ResetCause>())
        {
            _reset.WithLabels(label, cause.Name());
        }

        foreach (var outcome in Enum.GetValues<SweepOutcome>())
        {
            _sweeps.WithLabels(label, Name(outcome));
        }

        _duration.WithLabels(label);
        _stuck.WithLabels(label);
        _oldest.WithLabels(label);
        _degraded.WithLabels(label);
    }

    private static string Name(SweepOutcome outcome) => outcome.ToString().ToLowerInvariant();
}

using CodeRepoOperator.Runtime.Settings;
using Prometheus;

namespace CodeRepoOperator.Runtime.Monitoring;

/// <summary>What the runtime counts.</summary>
internal sealed class RuntimeMetrics
{
    private readonly Counter _reconciles;
    private readonly Histogram _reconcileDuration;
    private readonly Gauge _queueDepth;
    private readonly Gauge _queueOldest;
    private readonly Gauge _watchAge;
    private readonly Counter _watchFailures;
    private readonly Counter _eventFailures;
    private readonly Counter _eventsDropped;
    private readonly Gauge _leaseHeld;
    private readonly Counter _loopFailures;
    private readonly Gauge _connections;
    private readonly Counter _connectionsClosed;
    private readonly Gauge _openDescriptors;
    private readonly Gauge _descriptorLimit;

    public RuntimeMetrics(IMetricFactory metrics, RuntimeNames names)
    {
        var prefix = names.MetricPrefix;
        _reconciles = metrics.CreateCounter(
            $"{prefix}_reconcile_total",
            "Reconciles by result: success, failure, superseded (the object changed meanwhile), error (a bug).",
            ["result"]
        );
        _reconcileDuration = metrics.CreateHistogram(
            $"{prefix}_reconcile_duration_seconds",
            "How long a reconcile took.",
            new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.001, 4, 10) }
        );
        _queueDepth = metrics.CreateGauge($"{prefix}_workqueue_depth", "Objects that are ready to be worked on and wait for a worker.");
        _queueOldest = metrics.CreateGauge(
            $"{prefix}_workqueue_oldest_seconds",
            "How long the one that waits the longest has been waiting."
        );
        _watchAge = metrics.CreateGauge($"{prefix}_watch_age_seconds", "Time since the API server last responded.");
        _watchFailures = metrics.CreateCounter(
            $"{prefix}_watch_failures_total",
            "Lists and watches that failed, had expired or were silent for too long."
        );
        _eventFailures = metrics.CreateCounter($"{prefix}_event_failures_total", "Events that the API server did not take.");
        _eventsDropped = metrics.CreateCounter(
            $"{prefix}_events_dropped_total",
            "Events that were not published because their object had too many."
        );
        _leaseHeld = metrics.CreateGauge($"{prefix}_store_lease_held", "1 while this process holds the lease of its store.");
        _loopFailures = metrics.CreateCounter(
            $"{prefix}_loop_failures_total",
            "Background loops that failed unexpectedly and were started again.",
            ["loop"]
        );
        _connections = metrics.CreateGauge(
            $"{prefix}_connections",
            "Connections to a port of the operator: serving (health and metrics), api.",
            ["listener"]
        );
        _connectionsClosed = metrics.CreateCounter(
            $"{prefix}_connections_closed_total",
            "Connections that were refused, or ended to make room for others.",
            ["listener"]
        );
        _openDescriptors = metrics.CreateGauge($"{prefix}_open_descriptors", "File descriptors that the process has open.");
        _descriptorLimit = metrics.CreateGauge($"{prefix}_descriptor_limit", "How many file descriptors the process may have open.");
        foreach (var result in Enum.GetValues<ReconcileOutcome>())
        {
            _reconciles.WithLabels(Label(result));
        }
    }

    /// <summary>Counts a reconcile.</summary>
    public void Reconciled(ReconcileOutcome outcome, TimeSpan duration)
    {
        _reconciles.WithLabels(Label(outcome)).Inc();
        _reconcileDuration.Observe(duration.TotalSeconds);
    }

    /// <summary>Counts a list or watch that failed.</summary>
    public void WatchFailed() => _watchFailures.Inc();

    /// <summary>Counts an event that was not taken.</summary>
    public void EventFailed() => _eventFailures.Inc();

    /// <summary>Counts an event that was one too many.</summary>
    public void EventDropped() => _eventsDropped.Inc();

    /// <summary>
    /// Has the failures of a loop counted from 0 on: a series that begins at 1 hides its first increase from <c>rate()</c>.
    /// </summary>
    public void LoopKnown(string loop) => _loopFailures.WithLabels(loop);

    /// <summary>Counts a failure of a loop.</summary>
    public void LoopFailed(string loop) => _loopFailures.WithLabels(loop).Inc();

    /// <summary>Notes how many connections a listener has.</summary>
    public void Connections(string listener, int count)
    {
        _connectionsClosed.WithLabels(listener);
        _connections.WithLabels(listener).Set(count);
    }

    /// <summary>Counts a connection that was refused or ended for another.</summary>
    public void ConnectionClosed(string listener) => _connectionsClosed.WithLabels(listener).Inc();

    /// <summary>Notes how many descriptors are open.</summary>
    public void Descriptors(int open, int limit)
    {
        _openDescriptors.Set(open);
        _descriptorLimit.Set(limit);
    }

    /// <summary>Notes the state, right before they are scraped.</summary>
    public void Observe(int queueDepth, TimeSpan queueOldest, TimeSpan watchAge, bool leaseHeld)
    {
        _queueDepth.Set(queueDepth);
        _queueOldest.Set(queueOldest.TotalSeconds);
        _watchAge.Set(watchAge.TotalSeconds);
        _leaseHeld.Set(leaseHeld ? 1 : 0);
    }

    private static string Label(ReconcileOutcome outcome) =>
        outcome switch
        {
            ReconcileOutcome.Success => "success",
            ReconcileOutcome.Failure => "failure",
            ReconcileOutcome.Superseded => "superseded",
            _ => "error",
        };
}

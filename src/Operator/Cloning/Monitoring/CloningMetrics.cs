using System.Diagnostics;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using Prometheus;

namespace CodeRepoOperator.Cloning.Monitoring;

/// <summary>What cloning counts.</summary>
internal sealed class CloningMetrics
{
    private readonly Counter _cloned;
    private readonly Counter _recloned;
    private readonly Counter _updated;
    private readonly Counter _failures;
    private readonly Counter _deepChecks;
    private readonly Counter _orphans;
    private readonly Counter _consolidations;
    private readonly Histogram _duration;
    private readonly Gauge _inProgress;
    private readonly Gauge _repos;
    private readonly Gauge _failing;
    private readonly Gauge _free;
    private readonly Gauge _used;
    private readonly Gauge _inodes;
    private readonly Gauge _freeInodes;
    private readonly Gauge _trash;
    private readonly Gauge _unverifiable;
    private readonly Gauge _exchange;
    private readonly Gauge _putOff;

    public CloningMetrics(IMetricFactory metrics)
    {
        _cloned = metrics.CreateCounter("coderepo_repos_cloned_total", "First clones published.");
        _recloned = metrics.CreateCounter(
            "coderepo_repos_recloned_total",
            "Clones that were lost or damaged and made again, by what was wrong with them.",
            ["reason"]
        );
        _updated = metrics.CreateCounter("coderepo_repos_updated_total", "Clones replaced because the branch moved or the spec changed.");
        _failures = metrics.CreateCounter("coderepo_clone_failures_total", "Clones, updates and polls that failed, by reason.", ["reason"]);
        _deepChecks = metrics.CreateCounter(
            "coderepo_deep_checks_total",
            "Clones that were read whole and compared with their checksums, by result.",
            ["result"]
        );
        _orphans = metrics.CreateCounter(
            "coderepo_orphans_collected_total",
            "Clones removed from the volume because their CodeRepo was gone already."
        );
        _consolidations = NewConsolidations(metrics);
        _duration = metrics.CreateHistogram(
            "coderepo_clone_duration_seconds",
            "How long a clone or update took, poll and failed ones included.",
            new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.05, 2.5, 11) }
        );
        _inProgress = metrics.CreateGauge(
            "coderepo_clones_in_progress",
            "Clones and updates that are running, and first clones whose remote is being asked."
        );
        _repos = metrics.CreateGauge("coderepo_repos", "CodeRepos by state: Ready, Reconciling, Stalled or Waiting.", ["state"]);
        _failing = metrics.CreateGauge(
            "coderepo_repos_failing",
            "CodeRepos whose last poll, clone or update failed, with an older clone or without one, by reason.",
            ["reason"]
        );
        _free = metrics.CreateGauge("coderepo_store_free_bytes", "Bytes left on the volume for the operator.");
        _used = metrics.CreateGauge("coderepo_store_used_bytes", "Bytes in use on the volume.");
        _inodes = metrics.CreateGauge(
            "coderepo_store_inodes",
            "Files and directories that the volume can hold; 0 where it has no fixed number, and before it was looked at."
        );
        _freeInodes = metrics.CreateGauge(
            "coderepo_store_free_inodes",
            "Files and directories that can still be made on the volume; 0 where it has no fixed number."
        );
        _trash = metrics.CreateGauge("coderepo_trash_bytes", "Bytes of replaced and deleted clones that wait for their grace period.");
        _unverifiable = metrics.CreateGauge(
            "coderepo_clones_unverifiable",
            "Clones that were made again and look damaged as before at the same commit: they stay, and are not verified."
        );
        _exchange = metrics.CreateGauge(
            "coderepo_store_exchange_supported",
            "1: updates replace a clone in one step. 0: readers may meet a moment without it."
        );
        _putOff = metrics.CreateGauge(
            "coderepo_polls_put_off",
            "CodeRepos whose poll is due and waits, because the budget of their host is used up, by the host of the budget.",
            ["budget"]
        );
        BeginSeries();
    }

    private static Counter NewConsolidations(IMetricFactory metrics) =>
        metrics.CreateCounter(
            "coderepo_clone_consolidations_total",
            "Clones with many packs that were made anew in the background to have one, by result.",
            ["result"]
        );

    /// <summary>A series that begins at 1 hides its first increase from rate().</summary>
    private void BeginSeries()
    {
        foreach (var loss in Enum.GetNames<CloneLoss>())
        {
            _recloned.WithLabels(loss);
        }

        foreach (var outcome in Enum.GetNames<DeepCheckOutcome>())
        {
            _deepChecks.WithLabels(outcome);
        }

        foreach (var outcome in Enum.GetNames<ConsolidationOutcome>())
        {
            _consolidations.WithLabels(outcome);
        }

        foreach (var reason in CloneFailure.TerminalReasons.Concat(CloneFailure.TransientReasons))
        {
            _failures.WithLabels(reason);
        }
    }

    /// <summary>Counts polls that wait for a budget.</summary>
    /// <param name="budget">The host or pattern of the budget, as the administrator wrote it.</param>
    /// <param name="more">How many more there are; less than zero: fewer.</param>
    public void PutOff(string budget, int more) => _putOff.WithLabels(budget).Inc(more);

    /// <summary>Counts what was done to a clone.</summary>
    public void Changed(CloneChange change)
    {
        switch (change)
        {
            case CloneChange.Cloned:
                _cloned.Inc();
                break;
            case CloneChange.Recloned recloned:
                _recloned.WithLabels(recloned.Loss.ToString()).Inc();
                break;
            case CloneChange.Updated:
                _updated.Inc();
                break;
            default:
                break;
        }
    }

    /// <summary>Counts a failure.</summary>
    public void Failed(CloneFailure failure) => _failures.WithLabels(failure.Reason).Inc();

    /// <summary>Counts a deep check.</summary>
    public void DeepChecked(DeepCheckOutcome outcome) => _deepChecks.WithLabels(outcome.ToString()).Inc();

    /// <summary>Counts an attempt to have one pack in place of many.</summary>
    public void Consolidated(ConsolidationOutcome outcome) => _consolidations.WithLabels(outcome.ToString()).Inc();

    /// <summary>Counts a clone that was taken off the volume because its CodeRepo was gone already.</summary>
    public void OrphanCollected() => _orphans.Inc();

    /// <summary>Counts a clone as in progress until the result is disposed: its remote is polled.</summary>
    public PollMeasurement MeasurePoll() => new(_inProgress.TrackInProgress(), _duration);

    /// <summary>Counts a clone as running until the result is disposed, and its time.</summary>
    /// <param name="before">How long it took to ask its remote before.</param>
    public IDisposable MeasureClone(TimeSpan before) => new Measured(_inProgress.TrackInProgress(), _duration, before);

    /// <summary>Notes how much waits in the trash.</summary>
    public void TrashHolds(long bytes) => _trash.Set(bytes);

    /// <summary>Notes how many clones can't be judged.</summary>
    public void Unverifiable(int clones) => _unverifiable.Set(clones);

    /// <summary>Notes whether directories can be exchanged.</summary>
    public void ExchangeSupported(bool supported) => _exchange.Set(supported ? 1 : 0);

    /// <summary>Notes the state, right before they are scraped.</summary>
    public void Observe(IReadOnlyCollection<CodeRepo> repos, VolumeSpace? volume)
    {
        var byState = repos.CountBy(StatusSummary.StateOf).ToDictionary();
        foreach (var state in Enum.GetValues<RepoState>())
        {
            _repos.WithLabels(state.ToString()).Set(byState.GetValueOrDefault(state));
        }

        var byFailure = repos.Select(StatusSummary.FailureOf).OfType<string>().CountBy(reason => reason).ToDictionary();
        foreach (var reason in CloneFailure.TerminalReasons.Concat(CloneFailure.TransientReasons))
        {
            _failing.WithLabels(reason).Set(byFailure.GetValueOrDefault(reason));
        }

        if (volume is not null)
        {
            _free.Set(volume.FreeBytes);
            _used.Set(volume.UsedBytes);
            _inodes.Set(volume.Inodes);
            _freeInodes.Set(volume.FreeInodes);
        }
    }

    private sealed class Measured(IDisposable running, IHistogram duration, TimeSpan before) : IDisposable
    {
        private readonly long _startedAt = Stopwatch.GetTimestamp();

        public void Dispose()
        {
            duration.Observe((before + Stopwatch.GetElapsedTime(_startedAt)).TotalSeconds);
            running.Dispose();
        }
    }
}

using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>Tells of sweeps: in metrics always, in the log what is news.</summary>
internal sealed class SweepReporter(IndexingMetrics metrics, ILogger<SweepReporter> log)
{
    /// <summary>How many keys a message names at most.</summary>
    public const int MaxKeysShown = 20;

    private readonly LoggedFailures<string> _failures = new();
    private readonly LoggedFailures<string> _degradations = new();

    /// <summary>Tells of the sweep of a target.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="dryRun">Whether it changed nothing.</param>
    /// <param name="stamped">How many rows were given a stamp.</param>
    /// <param name="duration">How long it took.</param>
    public void Tell(TargetSweep sweep, bool dryRun, int stamped, TimeSpan duration)
    {
        metrics.Swept(sweep, dryRun, duration);
        var label = sweep.Target.Label;
        TellRows(sweep, dryRun);
        if (stamped > 0)
        {
            log.Stamped(stamped, label);
        }

        TellDegradation(sweep);
        if (sweep.Result == SweepResult.Failed)
        {
            TellFailure(sweep);
        }
        else if (_failures.IsOver(label))
        {
            log.SweepRecovered(label);
        }
    }

    /// <summary>Tells, once, that a row can't be changed.</summary>
    public void Refused(IndexingTarget target, string key, string why) => log.RowRefused(target.Label, ForeignText.Escaped(key, ForeignText.LongestValue), why);

    private void TellRows(TargetSweep sweep, bool dryRun)
    {
        if (sweep.Reset.Count == 0)
        {
            return;
        }

        var label = sweep.Target.Label;
        var oldest = sweep.Reset.Max(row => row.Age);
        if (dryRun)
        {
            log.WouldReset(sweep.Reset.Count, label, oldest, Keys(sweep.Reset));
            return;
        }

        log.Reset(sweep.Reset.Count, label, oldest, Keys(sweep.Reset));
        var exhausted = sweep.Exhausted.ToList();
        if (exhausted.Count > 0)
        {
            log.GivenUp(exhausted.Count, label, sweep.Target.Resets, Keys(exhausted));
        }
    }

    private void TellDegradation(TargetSweep sweep)
    {
        if (sweep.Degradation is { } degradation)
        {
            if (_degradations.IsNew(sweep.Target.Label, degradation))
            {
                log.Degraded(degradation);
            }
        }
        else if (sweep.IsDegraded == false && _degradations.IsOver(sweep.Target.Label))
        {
            log.Whole(sweep.Target.Label);
        }
    }

    private void TellFailure(TargetSweep sweep)
    {
        // Rows are told of one by one.
        if (_failures.IsNew(sweep.Target.Label, sweep.Why!) && !sweep.HasRefusedRows)
        {
            log.SweepFailed(sweep.Target.Label, sweep.Why!);
        }
    }

    private static string Keys(IReadOnlyCollection<ResetRow> rows)
        => string.Join(", ", rows.Take(MaxKeysShown).Select(row => ForeignText.Escaped(row.Key, ForeignText.LongestValue))) + (rows.Count > MaxKeysShown ? ", …" : "");
}

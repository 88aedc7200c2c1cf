using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>Reports sweeps: in metrics always, in the log what has changed.</summary>
internal sealed class SweepReporter(IndexingMetrics metrics, ILogger<SweepReporter> log)
{
    /// <summary>How many keys a message names at most.</summary>
    public const int MaxKeysShown = 20;

    private readonly LoggedFailures<string> _failures = new();
    private readonly LoggedFailures<string> _degradations = new();
    private readonly LoggedFailures<string> _graces = new();
    private readonly LoggedFailures<string> _undelayed = new();
    private readonly LoggedFailures<string> _unpruned = new();

    /// <summary>Reports the sweep of a target.</summary>
    /// <param name="result">What it did.</param>
    /// <param name="dryRun">Whether it changed nothing.</param>
    /// <param name="duration">How long it took.</param>
    public void Report(SweepResult result, bool dryRun, TimeSpan duration)
    {
        metrics.Swept(result, dryRun, duration);
        var label = result.Target.Label;
        ReportRows(result, dryRun);
        if (result.Stamped > 0)
        {
            log.Stamped(result.Stamped, label);
        }

        ReportGrace(result);
        ReportDegradation(result);
        ReportOnce(_undelayed, label, result.Undelayed, why => log.Undelayed(label, why));
        ReportOnce(_unpruned, label, result.Unpruned, why => log.Unpruned(label, why));
        if (result.Outcome == SweepOutcome.Failed)
        {
            ReportFailure(result);
        }
        else if (_failures.IsOver(label))
        {
            log.SweepRecovered(label);
        }
    }

    /// <summary>Reports, once, that a row can't be changed.</summary>
    public void Refused(IndexingTarget target, string key, string why) =>
        log.RowRefused(target.Label, ForeignText.Escaped(key, ForeignText.LongestValue), why);

    private void ReportRows(SweepResult result, bool dryRun)
    {
        if (result.Reset.Count == 0)
        {
            return;
        }

        var label = result.Target.Label;
        var oldest = result.Reset.Max(row => row.Age);
        if (dryRun)
        {
            log.WouldReset(result.Reset.Count, label, oldest, Keys(result.Reset));
            return;
        }

        SweptRow[] silent = [.. result.Reset.Where(row => row.Cause == ResetCause.Silent)];
        if (silent.Length > 0)
        {
            log.Reset(silent.Length, label, silent.Max(row => row.Age), Keys(silent));
        }

        SweptRow[] left = [.. result.Reset.Where(row => row.Cause == ResetCause.PodGone)];
        if (left.Length > 0)
        {
            log.Freed(left.Length, label, Keys(left));
        }

        var exhausted = result.Exhausted.ToList();
        if (exhausted.Count > 0)
        {
            log.GivenUp(exhausted.Count, label, result.Target.Resets, Keys(exhausted));
        }
    }

    private void ReportGrace(SweepResult result)
    {
        if (result.Grace is not { } grace)
        {
            _graces.IsOver(result.Target.Label);
        }
        else if (_graces.IsNew(result.Target.Label, nameof(result.Grace)))
        {
            log.SilenceCountsAnew(result.Target.Label, grace);
        }
    }

    private void ReportDegradation(SweepResult result)
    {
        if (result.Degradation is { } degradation)
        {
            if (_degradations.IsNew(result.Target.Label, degradation))
            {
                log.Degraded(degradation);
            }
        }
        else if (result.IsDegraded == false && _degradations.IsOver(result.Target.Label))
        {
            log.Whole(result.Target.Label);
        }
    }

    private static void ReportOnce(LoggedFailures<string> reported, string label, string? why, Action<string> log)
    {
        if (why is null)
        {
            reported.IsOver(label);
        }
        else if (reported.IsNew(label, why))
        {
            log(why);
        }
    }

    private void ReportFailure(SweepResult result)
    {
        // Rows are reported one by one.
        if (_failures.IsNew(result.Target.Label, result.Why!) && !result.HasRefusedRows)
        {
            log.SweepFailed(result.Target.Label, result.Why!);
        }
    }

    private static string Keys(IReadOnlyCollection<SweptRow> rows) =>
        string.Join(", ", rows.Take(MaxKeysShown).Select(row => ForeignText.Escaped(row.Key, ForeignText.LongestValue)))
        + (rows.Count > MaxKeysShown ? ", …" : "");
}

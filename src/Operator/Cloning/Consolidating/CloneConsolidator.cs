using CodeRepoOperator.Cloning.Healing;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Runtime.Looping;

namespace CodeRepoOperator.Cloning.Consolidating;

/// <summary>
/// Has clones that have gathered many packs made anew, so that updates stay quick: one at a time, in a place that nobody needs, and for a
/// part of the time only.
/// </summary>
internal sealed class CloneConsolidator(
    VerifyTimer rounds,
    CloneSlots slots,
    DueClones due,
    ConsolidationSchedule schedule,
    SpareTime spareTime,
    ConsolidationReporter reporter
) : SupervisedLoop
{
    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        if (!due.IsOn)
        {
            return;
        }

        using var timer = rounds.Start();
        try
        {
            Progress.Report(rounds.Interval);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Progress.Report(rounds.Interval);
                await TryConsolidateAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Nothing to finish: what was begun is thrown away.
        }
    }

    private async Task TryConsolidateAsync(CancellationToken stoppingToken)
    {
        if (schedule.Next(due.Find()) is not { } clone)
        {
            return;
        }

        using var slot = slots.TryTakeSpare();
        if (slot is null)
        {
            return;
        }

        schedule.Begin(clone);
        var result = await spareTime.RunAsync(clone, slot, () => Progress.Report(rounds.Interval), stoppingToken);
        schedule.End(clone, result);
        reporter.Report(clone, result);
    }
}

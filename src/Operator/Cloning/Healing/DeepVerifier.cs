using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Runtime.Looping;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>
/// Has every clone read whole once in <see cref="StoreOptions.DeepVerifyInterval"/>, one at a time and at
/// <see cref="StoreOptions.DeepVerifyBytesPerSecond"/>, by a git worker, and has those reconciled that are damaged.
/// </summary>
internal sealed class DeepVerifier(
    VerifyTimer rounds,
    StoreOwner owner,
    CloneStore store,
    DeepCheckSchedule schedule,
    DeepCheck check,
    DeepCheckReporter reporter
) : SupervisedLoop
{
    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        if (!schedule.IsOn)
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
                while (owner.Check() is null && Next() is { } clone)
                {
                    await VerifyAsync(clone, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Nothing to finish: a check changes nothing.
        }
    }

    private PublishedClone? Next()
    {
        schedule.Follow(store.Known);
        return schedule.Next();
    }

    private async Task VerifyAsync(PublishedClone clone, CancellationToken stoppingToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var checking = check.RunAsync(clone, ended.Token);
        await EndWithStoreAsync(checking, ended);
        if (checking.IsCanceled)
        {
            stoppingToken.ThrowIfCancellationRequested();
        }
        else if (store.Has(clone))
        {
            schedule.HadItsTurn(clone);
            await reporter.ReportAsync(clone, await checking);
        }
        else
        {
            // What was found may be of two clones, or of none.
            schedule.WasReplaced(clone);
        }
    }

    /// <summary>A check may take hours: it ends when the store is not ours any more.</summary>
    private async Task EndWithStoreAsync(Task checking, CancellationTokenSource ended)
    {
        while (!checking.IsCompleted)
        {
            // A check may take hours, and has limits of its own; that this loop looks after it is its progress.
            Progress.Report(rounds.Interval);
            await Task.WhenAny(checking, rounds.WaitAsync(ended.Token));
            if (ended.IsCancellationRequested || owner.Check() is not null)
            {
                await ended.CancelAsync();
                await checking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await ended.CancelAsync();
    }
}

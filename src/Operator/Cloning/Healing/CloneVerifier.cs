using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Runtime.Looping;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>
/// Looks at every published clone each <see cref="StoreOptions.VerifyInterval"/> and has those reconciled that are lost, so
/// that a wiped volume heals without anybody asking.
/// </summary>
internal sealed class CloneVerifier(
    VerifyTimer rounds,
    StoreReturn storeReturn,
    CloneStore store,
    CloneLooks looks,
    CloneRecovery recovery,
    ILogger<CloneVerifier> log
) : SupervisedLoop
{
    /// <summary>What looking at a clone, a few files, takes on a slow volume.</summary>
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(0.1);

    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        using var timer = rounds.Start();
        try
        {
            Progress.Report(rounds.Interval);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Progress.Report(rounds.Interval + (store.Known.Count() * LongestLook));
                if (storeReturn.Follow())
                {
                    await VerifyAsync(stoppingToken);
                }

                Progress.Report(rounds.Interval);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Nothing to finish: a look changes nothing.
        }
    }

    private async Task VerifyAsync(CancellationToken stoppingToken)
    {
        foreach (var clone in store.Known)
        {
            stoppingToken.ThrowIfCancellationRequested();
            if (await looks.LookAsync(clone, stoppingToken) is { } seen)
            {
                Judge(clone, seen);
            }
        }
    }

    /// <summary>
    /// Has a clone made again that is lost. One that can't be looked at stays what it was, and so does one whose look does not end: the
    /// others go on, and it is not looked at again before that look has ended.
    /// </summary>
    private void Judge(PublishedClone clone, ObservedClone seen)
    {
        var loss = seen.Published is { } found && found.Marker.Uid != clone.Marker.Uid ? CloneLoss.MarkerForeign : seen.Loss;

        // Not lost, and not the one that was published either: a volume that was restored.
        var isAnother = seen.Published?.MarkerWrittenAt != clone.MarkerWrittenAt;
        if ((loss is not null || isAnother) && recovery.TryBegin(clone) && loss is { } known)
        {
            log.CloneLost(clone.Key, known);
        }
    }
}

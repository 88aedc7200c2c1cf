using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>
/// Looks at every published clone each <see cref="StoreOptions.VerifyInterval"/> and has those reconciled that are lost, so
/// that a wiped volume heals without anybody asking.
/// </summary>
internal sealed class CloneVerifier(
    CloneStore store,
    CloneLooks looks,
    LostClones lost,
    StoreOwner owner,
    EntityCache<CodeRepo> codeRepos,
    WorkQueue<CodeRepo> queue,
    IOptions<StoreOptions> options,
    TimeProvider time,
    ILogger<CloneVerifier> log) : SupervisedLoop
{
    /// <summary>What looking at a clone, a few files, takes on a slow volume.</summary>
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(0.1);

    private bool _storeWasUsable = true;

    /// <summary>As seen last; the first is that of the start.</summary>
    private int _takings = 1;

    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.VerifyInterval, time);
        try
        {
            Progress.Report(options.Value.VerifyInterval);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Progress.Report(options.Value.VerifyInterval + (store.Known.Count() * LongestLook));
                await VerifyAsync(stoppingToken);
                Progress.Report(options.Value.VerifyInterval);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Nothing to finish: a look changes nothing.
        }
    }

    private async Task VerifyAsync(CancellationToken stoppingToken)
    {
        var storeIsUsable = owner.TryAcquire() is null;
        if (storeIsUsable && (!_storeWasUsable || owner.Takings > _takings))
        {
            // What failed for want of a store need not wait for its back-off; and another volume has other clones.
            _takings = owner.Takings;
            store.Clear();
            foreach (var repo in codeRepos.Entities)
            {
                queue.Add(NamespacedName.Of(repo));
            }
        }

        _storeWasUsable = storeIsUsable;
        if (!storeIsUsable)
        {
            return;
        }

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
        if ((loss is null && !isAnother) || !store.Forget(clone))
        {
            return;
        }

        if (loss is { } known)
        {
            log.CloneLost(clone.Key, known);
        }

        lost.Add(clone.Key);
        queue.Add(clone.Key);
    }
}

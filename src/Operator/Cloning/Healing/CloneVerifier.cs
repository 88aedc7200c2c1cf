using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Cloning.Scheduling;
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
    LostClones lost,
    StoreOwner owner,
    EntityCache<CodeRepo> codeRepos,
    KeyedQueue<CodeRepo> queue,
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
        var storeIsUsable = owner.Problem() is null;
        if (storeIsUsable && (!_storeWasUsable || owner.Takings > _takings))
        {
            // What failed for want of a store need not wait for its back-off; and another volume has other clones.
            _takings = owner.Takings;
            store.Forget();
            foreach (var repo in codeRepos.Entities)
            {
                queue.Add(EntityKey.Of(repo));
            }
        }

        _storeWasUsable = storeIsUsable;
        if (!storeIsUsable)
        {
            return;
        }

        await foreach (var (key, loss) in store.FindLostAsync(stoppingToken))
        {
            if (loss is { } known)
            {
                log.CloneLost(key, known);
            }

            lost.Add(key);
            queue.Add(key);
        }
    }
}

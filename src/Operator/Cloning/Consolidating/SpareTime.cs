using CodeRepoOperator.Cloning.Healing;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Cloning.Store;

namespace CodeRepoOperator.Cloning.Consolidating;

/// <summary>Lets a clone be made anew for as long as nobody needs what that takes: the place, the quota, the clone's own place.</summary>
internal sealed class SpareTime(VerifyTimer rounds, StoreOwner owner, StoreUsage usage, CloneStore store, Consolidation consolidation)
{
    /// <summary>Makes it, or leaves off.</summary>
    /// <param name="due">The clone.</param>
    /// <param name="slot">Its place.</param>
    /// <param name="goesOn">Called now and then: it goes on.</param>
    /// <param name="stoppingToken">Ends it.</param>
    public async Task<ConsolidationResult> RunAsync(DueClone due, SpareSlot slot, Action goesOn, CancellationToken stoppingToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        usage.Awaited += GiveWay;
        try
        {
            var making = consolidation.RunAsync(due, ended.Token);
            while (!making.IsCompleted)
            {
                // The clone has limits of its own; that it is looked after is the progress.
                goesOn();
                await Task.WhenAny(making, slot.Recalled, rounds.WaitAsync(ended.Token));
                if (ended.IsCancellationRequested || slot.Recalled.IsCompleted || owner.Check() is not null || !store.Has(due.Published))
                {
                    await ended.CancelAsync();
                    await ((Task)making).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }

            await ended.CancelAsync();
            stoppingToken.ThrowIfCancellationRequested();
            return !making.IsCanceled ? await making
                : store.Has(due.Published) ? ConsolidationResult.GaveWay
                : ConsolidationResult.Superseded;
        }
        finally
        {
            usage.Awaited -= GiveWay;
        }

        void GiveWay(string ofNamespace)
        {
            if (ofNamespace == due.Namespace)
            {
                slot.Recall();
            }
        }
    }
}

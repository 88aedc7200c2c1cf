using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>
/// Runs the clones of submodules several at once. One runs in the place that the clone itself holds, so that it always goes on; each
/// other one waits for a place like any clone, by the shares of namespaces and hosts, and gives it back when it is done.
/// </summary>
internal sealed class SubmoduleLanes(CloneSlots slots, HostShares shares)
{
    /// <summary>How many submodules of one clone are fetched at once: what `git clone -j8` does.</summary>
    public const int Most = 8;

    /// <summary>Runs all, and those that they lead to, and waits for them.</summary>
    /// <param name="key">Whose submodules they are.</param>
    /// <param name="submodules">The submodules.</param>
    /// <param name="lanes">How many at once; 1: in the clone's own place alone.</param>
    /// <param name="fetch">Fetches one, and returns those that are in it. It ends soon when nobody wants it any more.</param>
    public async Task RunAsync(
        NamespacedName key,
        IReadOnlyCollection<PendingSubmodule> submodules,
        int lanes,
        Func<PendingSubmodule, Task<IReadOnlyList<PendingSubmodule>>> fetch
    )
    {
        if (submodules.Count == 0)
        {
            return;
        }

        var queue = new SubmoduleQueue(submodules, fetch);
        using var drained = new CancellationTokenSource();
        var others = Enumerable.Range(1, lanes - 1).Select(_ => RunInOtherPlacesAsync(key, queue, drained.Token)).ToList();
        try
        {
            await queue.RunAllAsync();
        }
        finally
        {
            await drained.CancelAsync();
            await Task.WhenAll(others);
        }
    }

    private async Task RunInOtherPlacesAsync(NamespacedName key, SubmoduleQueue queue, CancellationToken drained)
    {
        try
        {
            while (await queue.WhenWaitingAsync(drained) is { } first)
            {
                using var slot = await slots.TakeAsync(key, shares.GroupOf(key, first.Url), isHealing: false, drained);
                await queue.RunNextAsync();
            }
        }
        catch (OperationCanceledException) when (drained.IsCancellationRequested)
        {
            // There is nothing left to wait for.
        }
    }
}

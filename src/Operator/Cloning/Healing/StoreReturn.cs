using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Watching;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>
/// Has all CodeRepos reconciled once the store can be used again: what failed for want of it need not wait for its back-off, and another
/// volume has other clones.
/// </summary>
internal sealed class StoreReturn(StoreOwner owner, CloneStore store, EntityCache<CodeRepo> codeRepos, WorkQueue<CodeRepo> queue)
{
    private bool _wasUsable = true;

    /// <summary>As seen last; the first is that of the start.</summary>
    private int _takings = 1;

    /// <summary>Follows what becomes of the store.</summary>
    /// <returns>Whether it can be used.</returns>
    public bool Follow()
    {
        var isUsable = owner.TryAcquire() is null;
        if (isUsable && (!_wasUsable || owner.Takings > _takings))
        {
            _takings = owner.Takings;
            store.Clear();
            foreach (var repo in codeRepos.Entities)
            {
                queue.Add(NamespacedName.Of(repo));
            }
        }

        return _wasUsable = isUsable;
    }
}

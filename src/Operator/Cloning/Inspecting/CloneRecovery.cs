using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Queueing;

namespace CodeRepoOperator.Cloning.Inspecting;

/// <summary>
/// Has clones made again that were found lost or damaged: they are not taken for whole any more, and their CodeRepos are added to the
/// queue, with places in reserve.
/// </summary>
internal sealed class CloneRecovery(CloneStore store, LostClones lost, WorkQueue<CodeRepo> queue)
{
    /// <summary>Begins it, whoever has begun it already.</summary>
    public void Begin(PublishedClone clone)
    {
        store.Forget(clone);
        Enqueue(clone);
    }

    /// <summary>Begins it, unless somebody else has, or another clone was published since this one was looked at.</summary>
    /// <returns>Whether it was begun.</returns>
    public bool TryBegin(PublishedClone clone)
    {
        if (!store.Forget(clone))
        {
            return false;
        }

        Enqueue(clone);
        return true;
    }

    private void Enqueue(PublishedClone clone)
    {
        lost.Add(clone.Key);
        queue.Add(clone.Key);
    }
}

using CodeRepoOperator.Cloning.Healing;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Queueing;

namespace CodeRepoOperator.Cloning;

/// <summary>Takes in that a clone was found damaged by somebody who read it: it is told once, and made again.</summary>
internal sealed class DamageReport(
    CloneStore store, LostClones lost, KnownDamage damage, KeyedQueue<CodeRepo> queue, ILogger<DamageReport> log)
{
    /// <summary>Has a clone made again whose working tree is not what was published.</summary>
    /// <param name="clone">The clone, which is still in its place.</param>
    /// <param name="detail">What is wrong and where, for the log.</param>
    public void TellOfTree(PublishedClone clone, string detail) => Tell(clone, CloneLoss.TreeDamaged, detail);

    /// <summary>Has a clone made again.</summary>
    /// <param name="clone">The clone, which is still in its place.</param>
    /// <param name="loss">What is wrong with it.</param>
    /// <param name="detail">Where, for the log.</param>
    public void Tell(PublishedClone clone, CloneLoss loss, string detail)
    {
        if (damage.Of(clone) is null)
        {
            log.CloneDamaged(clone.Key, loss, detail);
        }

        // Before it is forgotten: who looks at it then must find it damaged.
        damage.Add(clone, loss);
        store.Forget(clone);
        lost.Add(clone.Key);
        queue.Add(clone.Key);
    }
}

using System.Collections.Concurrent;
using CodeRepoOperator.Runtime;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>
/// The damage that a deep check found and a quick look can't see, until the clone is replaced. A restart forgets it: the next
/// deep check finds it again.
/// </summary>
internal sealed class KnownDamage
{
    private readonly ConcurrentDictionary<EntityKey, (DateTime MarkerWrittenAt, CloneLoss Loss)> _found = new();

    /// <summary>Notes what is wrong with a clone.</summary>
    public void Add(PublishedClone clone, CloneLoss loss) => _found[clone.Key] = (clone.MarkerWrittenAt, loss);

    /// <summary>What is wrong with a clone; null: nothing was found. What was found in one that it replaced is forgotten.</summary>
    public CloneLoss? Of(PublishedClone clone)
    {
        if (!_found.TryGetValue(clone.Key, out var damage))
        {
            return null;
        }

        if (damage.MarkerWrittenAt == clone.MarkerWrittenAt)
        {
            return damage.Loss;
        }

        _found.TryRemove(KeyValuePair.Create(clone.Key, damage));
        return null;
    }
}

using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Cloning.Store;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>Takes orphans off the volume, and reports each.</summary>
internal sealed class OrphanRemover(Publisher publisher, CloningMetrics metrics, ILogger<OrphanRemover> log)
{
    /// <summary>Takes an orphan off the volume, unless a CodeRepo of its uid is known by now, or the store may not be written to.</summary>
    /// <exception cref="IOException">It could not be taken away.</exception>
    public void Remove(PlacedClone orphan)
    {
        if (publisher.TryRemoveOrphan(orphan.Key, orphan.Marker!.Uid))
        {
            metrics.OrphanCollected();
            log.OrphanCollected(orphan.Key, orphan.Marker.Uid);
        }
    }
}

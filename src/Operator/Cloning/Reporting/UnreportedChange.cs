using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning.Reporting;

/// <summary>What was done to a clone, until it is known to be in the status.</summary>
/// <param name="Change">What was done.</param>
/// <param name="Reclones">How many re-clones the status reported of before.</param>
internal sealed record UnreportedChange(CloneChange Change, int Reclones)
{
    /// <summary>Something that was done just now.</summary>
    public static UnreportedChange To(CodeRepo repo, CloneChange change) => new(change, repo.Status?.Reclones ?? 0);

    /// <summary>
    /// Whether the status reports it: the response to a write may have been lost. The time of a clone alone does not say so, for it is in
    /// whole seconds, and more than one clone may be made in one.
    /// </summary>
    /// <param name="repo">The CodeRepo as it is now.</param>
    /// <param name="clone">Its clone; null: it is gone.</param>
    public bool IsReportedBy(CodeRepo repo, PublishedClone? clone) =>
        Change is CloneChange.Recloned
            ? repo.Status?.Reclones > Reclones
            : clone is not null
                && repo.Status?.ClonedAt == CodeRepoStatus.WholeSeconds(clone.Marker.ClonedAt)
                && repo.Status?.Commit == clone.Marker.Commit;
}

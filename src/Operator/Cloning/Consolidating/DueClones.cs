using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Consolidating;

/// <summary>Finds the clones that have more packs than they should, by what their markers say.</summary>
internal sealed class DueClones(
    StoreOwner owner,
    CloneStore store,
    EntityCache<CodeRepo> codeRepos,
    DesiredClones desiredClones,
    IOptions<StoreOptions> options
)
{
    /// <summary>Whether there can be any.</summary>
    public bool IsOn => options.Value.ConsolidateAbovePacks > 0;

    /// <summary>
    /// Those of CodeRepos that work. One whose last attempt failed is not asked for more; one that lacks what is still tried is replaced
    /// anyway. The packs of submodules are not counted: the marker does not know them.
    /// </summary>
    public IEnumerable<DueClone> Find()
    {
        // Another replica does it, or nobody can.
        foreach (var clone in owner.Check() is null ? store.Known : [])
        {
            if (
                clone.Marker.Contents?.PackCount is { } packs
                && packs > options.Value.ConsolidateAbovePacks
                && packs > PackLimit.Of(clone.Marker.Uid, options.Value.ConsolidateAbovePacks)
                && !clone.Marker.MayBeCompleted
                && Find(clone) is { } desired
            )
            {
                yield return new DueClone(desired, clone, packs);
            }
        }
    }

    private DesiredClone? Find(PublishedClone clone) =>
        codeRepos.Find(clone.Key) is { Metadata.DeletionTimestamp: null, Spec.Suspend: false } repo
        && StatusSummary.FailureOf(repo) is null
        && desiredClones.Of(repo).Value is { } desired
        && clone.Meets(desired)
            ? desired
            : null;
}

using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning;

/// <summary>Finds the clones of CodeRepos, or what keeps them from being made, without beginning anything.</summary>
internal sealed class CloneFinder(
    Informer<CodeRepo> informer,
    EntityCache<CodeRepo> codeRepos,
    DesiredClones desiredClones,
    CloneStore store,
    IOptions<StoreOptions> options
)
{
    /// <summary>The desired clone, if it is there and was whole when last looked at: one <c>stat</c>.</summary>
    public PublishedClone? FindWarm(NamespacedName key) =>
        codeRepos.Find(key) is { Metadata.DeletionTimestamp: null } repo && desiredClones.Of(repo).Value is { } desired
            ? store.FindWarm(desired)
            : null;

    /// <summary>Why there is no CodeRepo of this name, or none that lasts; null: there is one.</summary>
    public EnsureOutcome? FindMissing(NamespacedName key) =>
        !informer.HasSynced ? new EnsureOutcome.Starting()
        : codeRepos.Find(key) is { Metadata.DeletionTimestamp: null } ? null
        : new EnsureOutcome.NotThere();

    /// <summary>The clone, which is looked at where it is not warm, or why there is and will be none.</summary>
    /// <returns>What was found; null: an attempt is to be made, or is under way.</returns>
    public EnsureOutcome? Find(NamespacedName key)
    {
        var missing = FindMissing(key);
        if (missing is not null || codeRepos.Find(key) is not { } repo)
        {
            return missing ?? new EnsureOutcome.NotThere();
        }

        var parsed = desiredClones.Of(repo);
        if (!parsed.Succeeded)
        {
            return new EnsureOutcome.Failed(parsed.Failure, options.Value.TerminalRetryInterval);
        }

        if (store.Decide(parsed.Value) is CloneDecision.Keep keep)
        {
            return new EnsureOutcome.Available(keep.Published, Recloned: false);
        }

        return repo.Spec.Suspend ? new EnsureOutcome.Suspended() : null;
    }
}

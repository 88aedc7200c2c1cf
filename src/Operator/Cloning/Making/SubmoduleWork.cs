using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>The submodules of one clone, to be fetched.</summary>
/// <param name="Desired">The CodeRepo.</param>
/// <param name="Order">The clone in the making: where it is, what it is built on, its budget and its credentials.</param>
/// <param name="Tree">What it holds.</param>
/// <param name="Older">The clone that it is built on; null: none.</param>
/// <param name="Patience">How long optional ones may take: the clone must not fail for them.</param>
internal sealed record SubmoduleWork(DesiredClone Desired, CloneOrder Order, FetchedTree Tree, PublishedClone? Older, TimeSpan Patience);

using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Cloning.Inspecting;

/// <summary>What is on the volume where a clone should be.</summary>
/// <param name="Published">The clone; null: none that is whole.</param>
/// <param name="Loss">What is wrong; null: nothing.</param>
/// <param name="Unreadable">Why nobody knows, which is no loss: the clone stays; null: it could be looked at.</param>
internal sealed record ObservedClone(PublishedClone? Published, CloneLoss? Loss, CloneFailure? Unreadable = null);

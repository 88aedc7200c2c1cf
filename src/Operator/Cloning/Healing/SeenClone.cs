namespace CodeRepoOperator.Cloning.Healing;

/// <summary>What is on the volume where a clone should be.</summary>
/// <param name="Published">The clone; null: none that is whole.</param>
/// <param name="Loss">What is wrong; null: nothing.</param>
internal sealed record SeenClone(PublishedClone? Published, CloneLoss? Loss);

namespace CodeRepoOperator.Cloning;

/// <summary>Tests with operators of their own: config/rbac grants one Lease, so they run one after the other.</summary>
[CollectionDefinition(nameof(OneOperatorAtATime))]
public sealed class OneOperatorAtATime;

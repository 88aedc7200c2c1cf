namespace CodeRepoOperator.Remotes.Worker;

/// <summary>What is wrong with a clone.</summary>
/// <param name="Damage">The kind of damage.</param>
/// <param name="Detail">The file and what is wrong with it, for the log.</param>
internal sealed record CheckFinding(CloneDamage Damage, string Detail);

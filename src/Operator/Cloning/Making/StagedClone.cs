using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>A clone in the making.</summary>
/// <param name="Directory">Its directory, absolute.</param>
/// <param name="Budget">What it may take of the volume.</param>
internal sealed record StagedClone(string Directory, CloneBudget Budget);

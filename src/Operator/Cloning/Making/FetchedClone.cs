using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>A clone that was fetched, and is not published yet.</summary>
/// <param name="Tree">What it holds, its submodules and the files of Git LFS included.</param>
/// <param name="Submodules">Which submodules these are; null: none were asked for.</param>
/// <param name="Lfs">Which files of Git LFS these are; null: none were asked for.</param>
internal sealed record FetchedClone(FetchedTree Tree, ClonedSubmodules? Submodules, ClonedLfs? Lfs);

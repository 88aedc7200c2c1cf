using CodeRepoOperator.Remotes.Submodules;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>A submodule to be fetched.</summary>
/// <param name="Place">Where it goes, and what of which remote it is.</param>
/// <param name="Url">The remote.</param>
/// <param name="ParentModules">The git directory of the tree that has it, from <c>.git</c> on; empty: that of the clone.</param>
/// <param name="Name">What <c>.gitmodules</c> calls it.</param>
/// <param name="Level">How deep it is; 1: in the clone's own tree.</param>
internal sealed record PendingSubmodule(SubmodulePlace Place, GitUrl Url, string ParentModules, string Name, int Level);

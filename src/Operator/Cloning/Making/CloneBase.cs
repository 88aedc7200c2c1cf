using CodeRepoOperator.Cloning.Clones;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>What a clone is built on.</summary>
/// <param name="Old">Its older clone, or another's of the repository; null: nothing, it is made from scratch.</param>
internal sealed record CloneBase(PublishedClone? Old);

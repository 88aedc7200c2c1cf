using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Sparse;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>What distinguishes the desired clone from others, of this CodeRepo and of all.</summary>
/// <param name="Key">The CodeRepo.</param>
/// <param name="Uid">Its uid.</param>
/// <param name="Url">The remote.</param>
/// <param name="Revision">What of it is checked out.</param>
/// <param name="Depth">How many commits of history; 0: all of it.</param>
/// <param name="Submodules">Which submodules; null: none.</param>
internal sealed record CloneIdentity(
    NamespacedName Key,
    string Uid,
    GitUrl Url,
    Revision Revision,
    int Depth,
    DesiredSubmodules? Submodules
)
{
    /// <summary>Which files of Git LFS; null: none.</summary>
    public DesiredLfs? Lfs { get; init; }

    /// <summary>Which folders; null: all.</summary>
    public SparseFolders? Sparse { get; init; }
}

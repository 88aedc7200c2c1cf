using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Sparse;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>A clone to be made.</summary>
/// <param name="Url">The remote.</param>
/// <param name="Head">
/// The branch or other revision, as looked up. What gets cloned is where it was, if its <see cref="RemoteHead.Capabilities"/> are there;
/// else, or if the remote does not give that any more, where it is by then.
/// </param>
/// <param name="Depth">How many commits of history; 0: all of it.</param>
/// <param name="Directory">Full path of an empty directory. What it holds after a failure is the caller's to delete.</param>
internal sealed record CloneOrder(GitUrl Url, RemoteHead Head, int Depth, string Directory)
{
    /// <summary>
    /// An older clone on the same file system. Its packs are linked into the new one, so that only the difference is
    /// transferred; it is not changed. One that can't be used is ignored.
    /// </summary>
    public GitTree? SeedFrom { get; init; }

    /// <summary>For the remote's own origin; null: anonymous.</summary>
    public GitCredentials? Credentials { get; init; }

    /// <summary>What it may take of the volume; null: all.</summary>
    public CloneBudget? Budget { get; init; }

    /// <summary>The folders that its tree is to have; null: all.</summary>
    public SparseFolders? Sparse { get; init; }

    /// <summary>How many of its submodules are to be named; 0: nothing is asked about them.</summary>
    public int MaxSubmodules { get; init; }

    /// <summary>
    /// Whether it is of a commit that another tree names. If the older clone is of the same one, the remote is not asked.
    /// </summary>
    public bool IsSubmodule { get; init; }

    /// <summary>Whether it is to be said where files of Git LFS are.</summary>
    public bool FindLfs { get; init; }

    /// <summary>
    /// Whether it is made to have one pack in place of the older clone's many: of that one, only files of the working tree are linked.
    /// Nobody waits for it, so it takes what processor time the others leave.
    /// </summary>
    public bool Consolidates { get; init; }
}

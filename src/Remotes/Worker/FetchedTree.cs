using CodeRepoOperator.Remotes.Lfs;
using CodeRepoOperator.Remotes.Submodules;

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>What a clone holds: the branch may have moved since it was polled.</summary>
/// <param name="Branch">The branch that HEAD names; null: HEAD is detached.</param>
/// <param name="Commit">40 hexadecimal digits: the commit that is checked out.</param>
/// <param name="Omitted">What is not in the tree; null: nothing.</param>
/// <param name="CommittedAt">When the commit was made, as it says itself: seconds since 1970, any number; null: not read.</param>
/// <param name="Size">What it takes on the volume; null: not counted.</param>
internal sealed record FetchedTree(
    string? Branch,
    string Commit,
    OmittedContent? Omitted = null,
    long? CommittedAt = null,
    CloneSize? Size = null
)
{
    /// <summary>The tag or other ref that it is of, by its full name; null: a branch, HEAD or a commit was asked for.</summary>
    public string? Ref { get; init; }

    /// <summary>The folders that were asked for and are not in the commit; null: all are, or the whole tree was asked for.</summary>
    public OmittedPaths? AbsentFolders { get; init; }

    /// <summary>The submodules that its commit names; null: nothing was asked about them.</summary>
    public FoundSubmodules? Submodules { get; init; }

    /// <summary>What its commit says of Git LFS; null: nothing was asked about it, or no file is kept there.</summary>
    public FoundLfs? Lfs { get; init; }
}

using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Hosts;

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>The Git LFS files of a tree that was just checked out, to be fetched and put in the place of their pointers.</summary>
/// <param name="Tree">The tree, which nobody reads yet.</param>
/// <param name="Server">The URL of the server, or of the repository over SSH that says where it is.</param>
/// <param name="MaxBytes">What they may have together; those that do not fit stay pointers.</param>
internal sealed record LfsOrder(GitTree Tree, string Server, long MaxBytes)
{
    /// <summary>The full name of the branch or tag that is checked out, which some servers judge by; null: none.</summary>
    public string? Ref { get; init; }

    /// <summary>An older clone whose files are linked; null: none.</summary>
    public GitTree? SeedFrom { get; init; }

    /// <summary>For the server's own origin; null: anonymous.</summary>
    public GitCredentials? Credentials { get; init; }

    /// <summary>How long to go on fetching: what has come by then is put into the tree.</summary>
    public required TimeSpan Patience { get; init; }

    /// <inheritdoc cref="CloneOrder.Budget"/>
    public CloneBudget? Budget { get; init; }

    /// <summary>The operator's settings: limits, and what may be connected to.</summary>
    public required GitOptions Options { get; init; }
}

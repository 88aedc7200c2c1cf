using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Sparse;

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>The clone that a worker makes: a <see cref="CloneOrder"/> as it is sent.</summary>
/// <param name="Url">The remote.</param>
/// <param name="Branch">The branch; null: of <see cref="Ref"/>, <see cref="Commit"/> or else the remote's HEAD.</param>
/// <param name="Depth">How many commits of history; 0: all of it.</param>
/// <param name="Directory">Full path of an empty directory.</param>
internal sealed record WorkerRequest(string Url, string? Branch, int Depth, string Directory)
{
    /// <summary>The full name of a tag or another ref in place of a branch.</summary>
    public string? Ref { get; init; }

    /// <summary>The commit, in place of a branch.</summary>
    public string? Commit { get; init; }

    /// <inheritdoc cref="CloneOrder.SeedFrom"/>
    public GitTree? SeedFrom { get; init; }

    /// <inheritdoc cref="CloneOrder.Credentials"/>
    public GitCredentials? Credentials { get; init; }

    /// <inheritdoc cref="CloneOrder.Budget"/>
    public CloneBudget? Budget { get; init; }

    /// <inheritdoc cref="CloneOrder.Sparse"/>
    public SparseFolders? Sparse { get; init; }

    /// <inheritdoc cref="CloneOrder.MaxSubmodules"/>
    public int MaxSubmodules { get; init; }

    /// <inheritdoc cref="CloneOrder.IsSubmodule"/>
    public bool IsSubmodule { get; init; }

    /// <inheritdoc cref="CloneOrder.FindLfs"/>
    public bool FindLfs { get; init; }

    /// <inheritdoc cref="CloneOrder.Consolidates"/>
    public bool Consolidates { get; init; }

    /// <summary>The operator's settings: limits, and what may be connected to.</summary>
    public required GitOptions Options { get; init; }
}

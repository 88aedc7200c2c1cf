using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Sparse;

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>The clone that a worker makes: a <see cref="CloneOrder"/> as it is sent.</summary>
/// <param name="Url">The remote.</param>
/// <param name="Head">What is to be cloned; nothing is said of it: the remote's HEAD.</param>
/// <param name="Depth">How many commits of history; 0: all of it.</param>
/// <param name="Directory">Full path of an empty directory.</param>
internal sealed record WorkerRequest(string Url, RemoteHead Head, int Depth, string Directory)
{
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

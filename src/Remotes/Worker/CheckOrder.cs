using CodeRepoOperator.Remotes.Sparse;
using CodeRepoOperator.Remotes.Submodules;

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>A clone to be read whole and compared with its checksums; nothing is changed.</summary>
/// <param name="Directory">Full path of the clone.</param>
/// <param name="Commit">40 hexadecimal digits: the commit that is checked out.</param>
/// <param name="BytesPerSecond">How much may be read each second.</param>
internal sealed record CheckOrder(string Directory, string Commit, int BytesPerSecond)
{
    /// <summary>The submodules that it has, those of submodules too.</summary>
    public IReadOnlyList<SubmodulePlace> Submodules { get; init; } = [];

    /// <summary>What it has of Git LFS.</summary>
    public LfsState Lfs { get; init; }

    /// <summary>The folders that its tree has; null: all.</summary>
    public SparseFolders? Sparse { get; init; }
}

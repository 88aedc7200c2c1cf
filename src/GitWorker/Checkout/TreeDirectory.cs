using CodeRepoOperator.GitWorker.Checkout.Attributes;

namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>A directory of a commit's tree, with its files.</summary>
/// <param name="Path">From the root, without a slash at the end; empty: the root.</param>
internal sealed record TreeDirectory(byte[] Path)
{
    public List<TreeFile> Files { get; } = [];

    /// <summary>Whether the clone is sparse and has no file of it.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>The attributes that may have the content of its files changed; null: there are none.</summary>
    public DirectoryAttributes? Attributes { get; set; }
}

using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>A tree in a clone in the making, whose files of Git LFS are to be fetched.</summary>
/// <param name="Path">Where it is in the clone; empty: it is the clone's own.</param>
/// <param name="Tree">The tree.</param>
/// <param name="Url">Its remote.</param>
/// <param name="Fetched">What it holds.</param>
/// <param name="Seed">An older one whose files need not be fetched again; null: none.</param>
internal sealed record LfsPlace(string Path, GitTree Tree, GitUrl Url, FetchedTree Fetched, GitTree? Seed)
{
    /// <summary>The full name of what is checked out, which some servers judge by; null: no branch or tag is.</summary>
    public string? Ref => Fetched.Branch is { } branch ? $"refs/heads/{branch}" : Fetched.Ref;

    /// <summary>A path in it, from the root of the clone on.</summary>
    public string From(string path) => Path.Length == 0 ? path : $"{Path}/{path}";
}

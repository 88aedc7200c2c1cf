using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Indexing.Importing;

/// <summary>What a row names to be cloned.</summary>
/// <param name="Url">The repository.</param>
/// <param name="Branch">The branch; null: that of the remote's HEAD.</param>
internal sealed record RowClone(GitUrl Url, string? Branch)
{
    /// <summary>Reads a row.</summary>
    /// <returns>What it names, or why that can't be cloned, without what may be a credential.</returns>
    public static Attempt<RowClone> Of(IndexingRow row)
    {
        var url = GitUrl.Parse(row.Url);
        if (!url.Succeeded)
        {
            return url.Failure;
        }

        var branch = string.IsNullOrEmpty(row.Branch) ? null : row.Branch;
        return branch is not null && BranchName.Parse(branch) is { Failure: { } failure } ? failure : new RowClone(url.Value, branch);
    }
}

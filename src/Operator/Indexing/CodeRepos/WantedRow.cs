using CodeRepoOperator.Cloning.Remotes;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>Which row a CodeRepo means, and how patient it is with it.</summary>
/// <param name="Uid">The CodeRepo.</param>
/// <param name="Repo">Its repository; null: its <c>git_url</c> is none.</param>
/// <param name="Url">Its <c>git_url</c> as it is written.</param>
/// <param name="Branch">The branch that its row has; null: not known yet, or none.</param>
/// <param name="FollowsHead">Whether it follows the remote's HEAD, as rows without a branch do.</param>
/// <param name="Id">The key of its row; null: the rows of its repository and branch.</param>
/// <param name="Threshold">Its patience.</param>
internal sealed record WantedRow(
    string Uid, RepoIdentity? Repo, string Url, string? Branch, bool FollowsHead, string? Id, AskedThreshold Threshold)
{
    /// <summary>What a CodeRepo asks for.</summary>
    public static WantedRow Of(CodeRepo repo, IndexingOptions options)
    {
        var followsHead = string.IsNullOrEmpty(repo.Spec.Branch);
        return new WantedRow(
            repo.Metadata.Uid,
            RepoIdentity.TryParse(repo.Spec.GitUrl),
            repo.Spec.GitUrl,
            followsHead ? repo.Status?.Branch : repo.Spec.Branch,
            followsHead,
            repo.Spec.Indexing?.Id,
            AskedThreshold.Of(repo.Spec.Indexing, options.MinThreshold, options.MaxThreshold));
    }
}

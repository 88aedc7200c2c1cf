using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Cloning;

/// <summary>That a branch has moved, as its git server reports.</summary>
/// <param name="Repositories">The repository, by all the URLs that the server calls it.</param>
/// <param name="Branch">The branch.</param>
/// <param name="DefaultBranch">The branch that the repository's HEAD names; null: not reported.</param>
internal sealed record PushNotice(IReadOnlyCollection<RepoIdentity> Repositories, string Branch, string? DefaultBranch);

using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Cloning;

/// <summary>That a branch or tag has moved, as its git server reports.</summary>
/// <param name="Repositories">The repository, by all the URLs that the server calls it.</param>
/// <param name="Ref">The branch or tag, by its full name.</param>
/// <param name="DefaultBranch">The branch that the repository's HEAD names; null: not reported.</param>
internal sealed record PushNotice(IReadOnlyCollection<RepoIdentity> Repositories, string Ref, string? DefaultBranch);

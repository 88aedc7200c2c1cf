using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Cloning;

/// <summary>That branches or tags have moved, as their git server reports.</summary>
/// <param name="Repositories">The repository, by all the URLs that the server calls it.</param>
/// <param name="Refs">The branches and tags, by their full names; empty: any may have.</param>
/// <param name="DefaultBranch">The branch that the repository's HEAD names; null: not reported.</param>
internal sealed record PushNotice(IReadOnlyCollection<RepoIdentity> Repositories, IReadOnlySet<string> Refs, string? DefaultBranch)
{
    /// <summary>Makes one of lists.</summary>
    public static PushNotice Of(IReadOnlyCollection<RepoIdentity> repositories, IEnumerable<string> refs, string? defaultBranch = null) =>
        new(repositories, refs.ToHashSet(StringComparer.Ordinal), defaultBranch);
}

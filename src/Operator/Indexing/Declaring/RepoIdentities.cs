using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Importing;

namespace CodeRepoOperator.Indexing.Declaring;

/// <summary>The repositories and branches of CodeRepos, each worked out once for each of its versions.</summary>
internal sealed class RepoIdentities
{
    private readonly Dictionary<string, Known> _known = new(StringComparer.Ordinal);

    /// <summary>What its spec says; null: its <c>git_url</c> is none.</summary>
    public CloneIdentity? OfSpec(CodeRepo repo) => Find(repo).Identity;

    /// <summary>What its spec says, and, if it follows the remote's HEAD, the branch that it found there.</summary>
    public IEnumerable<CloneIdentity> Of(CodeRepo repo) => new[] { OfSpec(repo), CloneIdentity.OfHead(repo) }.OfType<CloneIdentity>();

    /// <summary>Forgets those that are not there any more.</summary>
    /// <param name="repos">All that there are.</param>
    public void Keep(IReadOnlyCollection<CodeRepo> repos)
    {
        if (_known.Count <= repos.Count)
        {
            return;
        }

        var uids = repos.Select(repo => repo.Metadata.Uid).ToHashSet(StringComparer.Ordinal);
        foreach (var uid in _known.Keys.Where(uid => !uids.Contains(uid)).ToList())
        {
            _known.Remove(uid);
        }
    }

    private Known Find(CodeRepo repo)
    {
        var uid = repo.Metadata.Uid;
        var isOfRef = repo.Spec.Ref is not null;
        if (
            !_known.TryGetValue(uid, out var known)
            || known.Url != repo.Spec.GitUrl
            || known.Branch != repo.Spec.Branch
            || known.IsOfRef != isOfRef
        )
        {
            _known[uid] = known = new Known(repo.Spec.GitUrl, repo.Spec.Branch, isOfRef, CloneIdentity.OfSpec(repo));
        }

        return known;
    }

    private readonly record struct Known(string Url, string? Branch, bool IsOfRef, CloneIdentity? Identity);
}

using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>Which row a CodeRepo means, and how patient it is with it.</summary>
/// <param name="Uid">The CodeRepo.</param>
/// <param name="Repo">Its repository; null: its <c>git_url</c> is none.</param>
/// <param name="Url">Its <c>git_url</c> as it is written.</param>
/// <param name="Branch">The branch that its row has; null: not known yet, or none.</param>
/// <param name="FollowsHead">Whether it follows the remote's HEAD, as rows without a branch do.</param>
/// <param name="Id">The key of its row; null: the rows of its repository and branch.</param>
/// <param name="Threshold">Its patience.</param>
/// <param name="Claim">What it has to show for the rows of its repository.</param>
/// <param name="Tenants">Whose a row must be; null: that is not looked at.</param>
internal sealed record DesiredRow(
    string Uid, RepoIdentity? Repo, string Url, string? Branch, bool FollowsHead, string? Id, AskedThreshold Threshold,
    RowClaim Claim, IReadOnlyList<string>? Tenants)
{
    /// <summary>Whether it may have rows at all: by a clone of its namespace's own, or by one of all and the administrator's word.</summary>
    public bool MayHaveRows => Claim is RowClaim.Own || (Claim is RowClaim.Shared && Tenants is not null);

    /// <summary>
    /// How the URL of its row may be spelled, in lower case: in the usual ways, or as its own is, whose user a canonical one does not have.
    /// </summary>
    public IEnumerable<string> Spellings => Repo is { } repo
        ? [.. repo.Spellings, .. RepoIdentity.WithEnds(Url.ToLowerInvariant()), Url.ToLowerInvariant()]
        : [];

    /// <summary>Whether a row is one of those that the administrator gives its namespace.</summary>
    public bool IsOfTenant(IndexingRow row) => Tenants is null || (row.Tenant is { } tenant && Tenants.Contains(tenant, StringComparer.Ordinal));

    /// <summary>What a CodeRepo asks for.</summary>
    public static DesiredRow Of(CodeRepo repo, IndexingOptions options)
    {
        var followsHead = string.IsNullOrEmpty(repo.Spec.Branch);
        var isKnown = !repo.Spec.Unreadable.Any(NamesRows);
        return new DesiredRow(
            repo.Metadata.Uid,
            isKnown ? RepoIdentity.TryParse(repo.Spec.GitUrl) : null,
            repo.Spec.GitUrl,
            followsHead ? repo.Status?.Branch : repo.Spec.Branch,
            followsHead,
            isKnown ? repo.Spec.Indexing?.Id : null,
            AskedThreshold.Of(repo.Spec.Indexing, options.MinThreshold, options.MaxThreshold),
            CloneProof.Of(repo),
            options.TenantsOf(repo.Metadata.NamespaceProperty));
    }

    /// <summary>Whether a field of a spec has a part in which rows are meant: where it can't be read, the rest of them would name others.</summary>
    private static bool NamesRows(string field)
        => field.Length == 0 || field is "git_url" or "branch" || field.StartsWith("indexing", StringComparison.Ordinal);
}

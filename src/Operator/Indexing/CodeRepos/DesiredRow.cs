using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>Which row a CodeRepo asks for, and how patient it is with it.</summary>
/// <param name="Uid">The CodeRepo.</param>
/// <param name="Url">Its <c>git_url</c> as it is written.</param>
/// <param name="Branch">The branch that its row has; null: not known yet, or none.</param>
/// <param name="Id">The key of its row; null: the rows of its repository and branch.</param>
internal sealed record DesiredRow(string Uid, string Url, string? Branch, string? Id)
{
    /// <summary>Its repository; null: its <c>git_url</c> is none.</summary>
    public required RepoIdentity? Repo { get; init; }

    /// <summary>Whether it follows the remote's HEAD, as rows without a branch do.</summary>
    public required bool FollowsHead { get; init; }

    /// <summary>Its patience.</summary>
    public required AskedThreshold Threshold { get; init; }

    /// <summary>What its clone proves about its access to the repository.</summary>
    public required ProvenAccess Access { get; init; }

    /// <summary>Whose a row must be; null: that is not looked at.</summary>
    public required IReadOnlyList<string>? Tenants { get; init; }

    /// <summary>
    /// Whether it may have rows at all: by a clone of its namespace's own, or by one of all and the administrator's word.
    /// </summary>
    public bool MayHaveRows => Access is ProvenAccess.Own || (Access is ProvenAccess.Shared && Tenants is not null);

    /// <summary>
    /// How the URL of its row may be spelled, in lower case: in the usual ways, or as its own is, whose user a canonical one does not have.
    /// </summary>
    public IEnumerable<string> Spellings =>
        Repo is { } repo ? [.. repo.Spellings, .. RepoIdentity.WithEnds(Url.ToLowerInvariant()), Url.ToLowerInvariant()] : [];

    /// <summary>Whether a row is one of those that the administrator gives its namespace.</summary>
    public bool IsOfTenant(IndexingRow row) =>
        Tenants is null || (row.Tenant is { } tenant && Tenants.Contains(tenant, StringComparer.Ordinal));

    /// <summary>What a CodeRepo asks for.</summary>
    public static DesiredRow Of(CodeRepo repo, IndexingOptions options)
    {
        var followsHead = string.IsNullOrEmpty(repo.Spec.Branch) && repo.Spec.Ref is null;
        var isKnown = !repo.Spec.Unreadable.Any(NamesRows);
        return new DesiredRow(
            repo.Metadata.Uid,
            repo.Spec.GitUrl,
            followsHead ? repo.Status?.Branch
                : string.IsNullOrEmpty(repo.Spec.Branch) ? null
                : repo.Spec.Branch,
            isKnown ? repo.Spec.Indexing?.Id : null
        )
        {
            Repo = isKnown ? RepoIdentity.TryParse(repo.Spec.GitUrl) : null,
            FollowsHead = followsHead,
            Threshold = AskedThreshold.Of(repo.Spec.Indexing, options.MinThreshold, options.MaxThreshold),
            Access = CloneProof.Of(repo),
            Tenants = options.TenantsOf(repo.Metadata.NamespaceProperty),
        };
    }

    /// <summary>
    /// Whether a field of a spec has a part in which rows are meant: where it can't be read, the rest of them would name others.
    /// </summary>
    private static bool NamesRows(string field) =>
        field.Length == 0
        || field is "git_url" or "branch"
        || field.StartsWith("ref", StringComparison.Ordinal)
        || field.StartsWith("indexing", StringComparison.Ordinal);
}

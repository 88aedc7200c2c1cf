using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>
/// Judges by the status, which the operator alone writes, whether a CodeRepo has a clone of what its spec asks for. Conditions alone do
/// not say so: they may be of an older spec, and <c>CloneAvailable</c> is True while the clone is another repository's. Pure.
/// </summary>
internal static class CloneProof
{
    /// <summary>Judges.</summary>
    public static ProvenAccess Of(CodeRepo repo)
    {
        if (repo.Status is not { } status || (!repo.IsTrue(ConditionTypes.CloneAvailable) && !IsBeingMadeAgain(repo)))
        {
            return ProvenAccess.None;
        }

        if (status.Origin is not { } origin)
        {
            // An older version wrote it. The next reconcile adds the origin; until then the thresholds of an upgraded operator hold.
            return
                repo.FindCondition(ConditionTypes.Ready) is { Status: ConditionStatus.True } ready
                && ready.ObservedGeneration == repo.Metadata.Generation
                ? ProvenAccess.Own
                : ProvenAccess.None;
        }

        var isOfRepository =
            origin.Url == repo.Spec.GitUrl
            || (RepoIdentity.TryParse(origin.Url) is { } cloned && cloned == RepoIdentity.TryParse(repo.Spec.GitUrl));
        var isOfBranch = string.IsNullOrEmpty(repo.Spec.Branch) || repo.Spec.Branch == status.Branch;
        var isOfRef = repo.Spec.Ref?.Asked == status.Ref?.Asked;
        return !isOfRepository || !isOfBranch || !isOfRef ? ProvenAccess.None
            : origin.Access is CloneAccess.Shared or CloneAccess.Proxy ? ProvenAccess.Shared
            : ProvenAccess.Own;
    }

    /// <summary>
    /// A clone that was lost takes some time to be made again, and its row's threshold must not end meanwhile. It ends when that fails
    /// for good, and where nobody is at it.
    /// </summary>
    private static bool IsBeingMadeAgain(CodeRepo repo) =>
        repo is { Spec.Suspend: false, Status: { ClonedAt: not null, Origin: not null } }
        && repo.IsTrue(ConditionTypes.Reconciling)
        && !repo.IsTrue(ConditionTypes.Stalled);
}

using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Sparse;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>What a CodeRepo asks for, checked and parsed.</summary>
/// <param name="Key">The CodeRepo.</param>
/// <param name="Uid">Its uid: one made anew under the same name wants a clone of its own.</param>
/// <param name="Url">The remote.</param>
/// <param name="Revision">What of it is to be checked out.</param>
/// <param name="Depth">How many commits of history; 0: all of it.</param>
internal sealed record DesiredClone(NamespacedName Key, string Uid, GitUrl Url, Revision Revision, int Depth)
{
    /// <summary>What <c>spec.ref</c> says, in words; null: it says nothing, a branch or HEAD is followed.</summary>
    public string? AskedRef { get; init; }

    /// <summary>Which submodules it is to have; null: none.</summary>
    public DesiredSubmodules? Submodules { get; init; }

    /// <summary>Which files of Git LFS it is to have; null: none.</summary>
    public DesiredLfs? Lfs { get; init; }

    /// <summary>Which folders its tree is to have; null: all.</summary>
    public SparseFolders? Sparse { get; init; }

    /// <summary>How long a clone or fetch may take.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>How often the remote's head is polled; zero: never after the first clone.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>Name of the Secret with the credentials, in the CodeRepo's own namespace; null: the spec names none.</summary>
    public string? Secret { get; init; }

    /// <summary>Whether a clone was published before: if there is none now, it was lost.</summary>
    public required bool HadClone { get; init; }

    /// <summary>Whether somebody asked for it and has no response yet: it goes before those that nobody waits for.</summary>
    public required bool IsAwaited { get; init; }

    /// <summary>Whether a first clone is made only for callers of the API: the policy says so, and no annotation asks for it.</summary>
    public bool IsOnDemand { get; init; }

    /// <summary>
    /// Checks a spec as the CRD does, and more: an API server before 1.25 knows no CEL, a CRD may have been changed by hand, and what
    /// is refused here never reaches git.
    /// </summary>
    public static Attempt<DesiredClone> Of(CodeRepo repo)
    {
        var spec = repo.Spec;
        if (spec.Unreadable.Count > 0)
        {
            return Unreadable(spec.Unreadable[0]);
        }

        var url = GitUrl.Parse(spec.GitUrl);
        if (!url.Succeeded)
        {
            return url.Failure;
        }

        var revision = DesiredRevision.Of(spec);
        if (!revision.Succeeded)
        {
            return revision.Failure;
        }

        if (!GoDuration.TryParse(spec.Timeout, out var timeout) || timeout <= TimeSpan.Zero || timeout > LongestWait)
        {
            return Invalid("spec.timeout must be a duration above zero, like 5m, 90s or 1h30m, of at most 24h.");
        }

        if (!GoDuration.TryParse(spec.Interval, out var interval) || interval > LongestWait)
        {
            return Invalid(
                "spec.interval must be a duration like 5m, 90s or 1h30m, of at most 24h; 0s polls no more after the first clone."
            );
        }

        var (submodules, lfs) = (DesiredSubmodules.Of(spec), DesiredLfs.Of(spec));
        if (Refused(spec, submodules, lfs) is { } refused)
        {
            return refused;
        }

        return new DesiredClone(NamespacedName.Of(repo), repo.Metadata.Uid, url.Value, revision.Value, spec.Depth)
        {
            AskedRef = spec.Ref?.Asked,
            Submodules = submodules,
            Lfs = lfs,
            Sparse = DesiredSparse.Of(spec),
            Timeout = timeout,

            // What a commit is does not change.
            Interval = revision.Value is Revision.Commit ? TimeSpan.Zero : interval,
            Secret = spec.Auth?.Secret,
            HadClone = repo.Status?.ClonedAt is not null,
            IsAwaited = repo.FindRequestedAt() is { } requestedAt && requestedAt != repo.Status?.LastHandledReconcileAt,
            IsOnDemand = spec.Policy == ClonePolicy.OnDemand && repo.FindRequestedAt() is null,
        };
    }

    /// <summary>The branch that the spec names; null: none.</summary>
    public string? WantedBranch => (Revision as Revision.Branch)?.Name.ToString();

    /// <summary>What a clone must be of to meet this spec: the same for all who would be served by one.</summary>
    public CloneIdentity Identity => new(Key, Uid, Url, Revision, Depth, Submodules) { Lfs = Lfs, Sparse = Sparse };

    /// <summary>Whether another spec would be met by the same clone.</summary>
    public bool SameCloneAs(DesiredClone? other) => other is not null && Identity == other.Identity;

    /// <summary>A day: timers and back-offs beyond it only hide an error.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private static CloneFailure? Refused(CodeRepoSpec spec, DesiredSubmodules? submodules, DesiredLfs? lfs) =>
        spec switch
        {
            { Depth: < 0 } => Invalid("spec.depth must be 0 (the whole history) or more."),
            _ when submodules is { IsPossible: false } => Invalid(
                $"spec.submodules.depth must be 1 to {DesiredSubmodules.DeepestDepth}, and spec.submodules.max 1 to "
                    + $"{DesiredSubmodules.LargestMax}."
            ),
            _ when lfs is { IsPossible: false } => Invalid("spec.lfs.maxBytes must be a quantity above zero, like 500M or 5Gi."),
            _ when DesiredSparse.FlawOf(spec) is { } flaw => Invalid(flaw),
            { Auth: { } auth } when !KubernetesName.IsObject(auth.Secret) => Invalid(
                "spec.auth.secret must be the name of a Secret, like hello-git."
            ),
            { Storage: not null } => new CloneFailure(
                Reasons.Unsupported,
                "This version keeps all clones on the operator's volume; take spec.storage out."
            ),
            _ => null,
        };

    private static CloneFailure Unreadable(string field)
    {
        var path = field.Length > 0 ? $"spec.{field}" : "spec";
        return Invalid(
            $"{path} has a value of another type than a CodeRepo has there, so nothing is done. Correct it (kubectl explain "
                + $"coderepo.{path.Split('[')[0]}), "
                + "and apply the operator's CRD again, which does not take such a value."
        );
    }

    private static CloneFailure Invalid(string message) => new(Reasons.InvalidSpec, message);
}

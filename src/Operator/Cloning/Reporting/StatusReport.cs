using System.Globalization;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Worker;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Text;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Cloning.Reporting;

/// <summary>
/// Turns the state into a status. Pure: the same state gives the same words, so that a status is written only when
/// something changed.
/// </summary>
internal static class StatusReport
{
    /// <summary><c>checkedAt</c> alone is no change until it is this old: 2,000 idle CodeRepos must not write all the time.</summary>
    private static readonly TimeSpan CheckedAtPrecision = TimeSpan.FromHours(1);

    /// <summary>The controller's part of a status as it is: what the indexing reporter writes is left out.</summary>
    public static CodeRepoStatus? Current(CodeRepo repo)
    {
        if (repo.Status is null)
        {
            return null;
        }

        var status = KubernetesJson.Deserialize<CodeRepoStatus>(KubernetesJson.Serialize(repo.Status));
        status.Indexing = null;
        status.Conditions = [.. (status.Conditions ?? []).Where(condition => condition.Type != ConditionTypes.IndexingHealthy)];
        return status;
    }

    /// <summary>The controller's part of a status as it should be.</summary>
    public static CodeRepoStatus For(CodeRepo repo, CloneState state, StoreOptions store, DateTimeOffset now)
    {
        state = state with { Failure = AsReported(repo, state.Failure) };
        var before = repo.Status;
        var marker = state.Published?.Marker;
        var status = new CodeRepoStatus
        {
            ObservedGeneration = repo.Metadata.Generation,
            Branch = marker is null ? before?.Branch : marker.Branch,
            Ref = marker is null ? before?.Ref : RefOf(marker),
            Commit = marker?.Commit ?? before?.Commit,
            ShortCommit = (marker?.Commit ?? before?.Commit)?[..7],
            ClonedAt = marker is null ? before?.ClonedAt : CodeRepoStatus.WholeSeconds(marker.ClonedAt),
            Origin = marker is null ? before?.Origin : new CodeRepoOrigin { Url = marker.Url, Access = marker.Access },
            Content = marker is null ? before?.Content : ContentOf(marker),
            Volume = new CodeRepoVolume
            {
                Claim = store.Claim,
                Namespace = store.Namespace,
                Path = StoreLayout.RelativePath(NamespacedName.Of(repo)),
                Node = string.IsNullOrEmpty(store.Node) ? null : store.Node,
            },
            Shard = store.Shard,
            CheckedAt = before?.CheckedAt,
            Reclones = (before?.Reclones ?? 0) + (state.Change is CloneChange.Recloned ? 1 : 0),
            LastHandledReconcileAt = state.UnderWay is null ? repo.FindRequestedAt() : before?.LastHandledReconcileAt,
            Conditions = [.. Conditions(repo, state, now)],
            Reason = Ready(repo, state).Reason,
        };
        if (
            RespondedAt(repo, state) is { } responded
            && (IsNew(repo, status) || before?.CheckedAt is not { } reported || (responded - reported).Duration() >= CheckedAtPrecision)
        )
        {
            status.CheckedAt = responded;
        }

        return status;
    }

    /// <summary>
    /// What is tried again soon and fails alike is no change. What is terminal is reported as it is: its words hold an administrator's
    /// limits, and it is not tried often.
    /// </summary>
    private static CloneFailure? AsReported(CodeRepo repo, CloneFailure? failure) =>
        failure is { Terminal: false }
        && repo.FindCondition(ConditionTypes.Reconciling) is { } reported
        && reported.Reason == failure.Reason
        && reported.ObservedGeneration == repo.Metadata.Generation
            ? failure with
            {
                Message = FailureMessage.Stable(reported.Message, failure.Message),
            }
            : failure;

    private static bool IsNew(CodeRepo repo, CodeRepoStatus status) =>
        Current(repo) is not { } current || KubernetesJson.Serialize(current) != KubernetesJson.Serialize(status);

    private static IEnumerable<V1Condition> Conditions(CodeRepo repo, CloneState state, DateTimeOffset now)
    {
        var (ready, reason, message) = Ready(repo, state);
        yield return Condition(repo, ConditionTypes.Ready, ready ? ConditionStatus.True : ConditionStatus.False, reason, message, now);
        if (state.UnderWay is { } underWay)
        {
            yield return Condition(repo, ConditionTypes.Reconciling, ConditionStatus.True, underWay.Reason, underWay.Message, now);
        }
        else if (state.Failure is { } failure)
        {
            var type = failure.Terminal ? ConditionTypes.Stalled : ConditionTypes.Reconciling;
            yield return Condition(repo, type, ConditionStatus.True, failure.Reason, failure.Message, now);
        }

        var marker = state.Published?.Marker;
        yield return state.Published is { } clone
            ? Condition(repo, ConditionTypes.CloneAvailable, ConditionStatus.True, Reasons.Cloned, $"Holds {Describe(clone)}.", now)
            : Condition(
                repo,
                ConditionTypes.CloneAvailable,
                ConditionStatus.False,
                Reasons.NoClone,
                "There is no clone on the volume.",
                now
            );
        if (marker is not null)
        {
            yield return marker.Omitted is { } omitted
                ? Condition(
                    repo,
                    ConditionTypes.ContentComplete,
                    ConditionStatus.False,
                    Reasons.ContentOmitted,
                    Describe(omitted, marker),
                    now
                )
                : Condition(repo, ConditionTypes.ContentComplete, ConditionStatus.True, Reasons.NothingOmitted, DescribeWhole(marker), now);
        }
    }

    private static (bool Ready, string Reason, string Message) Ready(CodeRepo repo, CloneState state) =>
        state switch
        {
            { Published: { } clone, IsAsWanted: true, Held: { } held } => (true, held.Reason, $"Holds {Describe(clone)}. {held.Message}"),
            { Published: { } clone, IsAsWanted: true, Failure: { } failure } => (
                true,
                Reasons.Stale,
                $"Holds {Describe(clone)}, as last polled {Since(repo, state)}: {failure.Message}"
            ),
            { Published: { } clone, IsAsWanted: true } => (true, Reasons.Cloned, $"Holds {Describe(clone)}."),
            { Failure: { } failure } => (false, failure.Reason, failure.Message),
            { UnderWay: { } underWay } => (false, underWay.Reason, underWay.Message),
            { Held: { } held } => (false, held.Reason, held.Message),
            _ => throw new ArgumentException("Neither a clone nor why there is none.", nameof(state)),
        };

    private static string Included(CloneMarker marker)
    {
        var submodules = marker.Submodules is { Fetched.Count: > 0 and var count }
            ? string.Create(CultureInfo.InvariantCulture, $"submodules ({count})")
            : null;
        var lfs = marker.Lfs is { Files: > 0 and var files, Bytes: var bytes }
            ? string.Create(CultureInfo.InvariantCulture, $"Git LFS files ({files}, {bytes} bytes)")
            : null;
        return (submodules, lfs) switch
        {
            (null, null) => "",
            ({ }, { }) => $", {submodules} and {lfs} included",
            _ => $", {submodules ?? lfs} included",
        };
    }

    private static string DescribeWhole(CloneMarker marker) =>
        marker.Sparse is { } sparse
            ? $"The tree has all that its commit has in the folders of spec.sparse{Included(marker)}. {DescribeAbsent(sparse)}".TrimEnd()
            : $"The tree has all that its commit has{Included(marker)}.";

    private static string Describe(OmittedContent omitted, CloneMarker marker) =>
        string.Join(
            ' ',
            new[]
            {
                omitted.Submodules.Count > 0
                    ? marker.Submodules is null
                        ? $"Submodules are empty directories: {omitted.Submodules}. Set spec.submodules to have them fetched."
                        : $"Submodules are empty directories, since they can't be fetched: {omitted.Submodules}."
                            + (marker.Submodules.MayComeLater ? " They are tried again." : "")
                    : null,
                omitted.LfsFiles.Count > 0
                    ? marker.Lfs is null
                        ? $"Git LFS files are pointers: {omitted.LfsFiles}. Set spec.lfs to have them fetched."
                        : $"Git LFS files are pointers, since they can't be fetched: {omitted.LfsFiles}."
                            + (marker.Lfs.MayComeLater ? " They are tried again." : "")
                    : null,
                omitted.UnencodedFiles is { Count: > 0 } unencoded
                    ? $"Files are as committed, since they can't have their working-tree-encoding: {unencoded}. "
                        + "Use one that is known and has all their characters."
                    : null,
                DescribeAbsent(marker.Sparse),
            }.OfType<string>()
        );

    /// <summary>A folder that is not there may be a typing error, or come later: git says nothing of it.</summary>
    private static string? DescribeAbsent(ClonedSparse? sparse) =>
        sparse?.Absent is { } absent ? $"The commit has no such folders of spec.sparse: {absent}." : null;

    private static CodeRepoRefStatus? RefOf(CloneMarker marker) =>
        marker.WantedRef is { } asked
            ? new CodeRepoRefStatus
            {
                Asked = asked,
                Resolved = marker.Ref,
                Commit = marker.Commit,
            }
            : null;

    private static CodeRepoContent? ContentOf(CloneMarker marker) =>
        marker is { Submodules: null, Lfs: null, Sparse: null }
            ? null
            : new CodeRepoContent
            {
                Submodules = marker.Submodules?.Fetched.Count,
                Lfs = marker.Lfs is { } lfs ? new CodeRepoLfsContent { Files = lfs.Files, Bytes = lfs.Bytes } : null,
                Sparse = marker.Sparse is { } sparse ? [.. sparse.Asked.Paths] : null,
            };

    private static string Describe(PublishedClone clone) => $"{clone.Marker.CheckedOut} at {clone.Marker.Commit[..7]}";

    /// <summary>When the remote responded last, whether or not the status was worth a write for it.</summary>
    private static DateTimeOffset? RespondedAt(CodeRepo repo, CloneState state) =>
        state.RespondedAt is { } responded ? CodeRepoStatus.WholeSeconds(responded) : repo.Status?.CheckedAt;

    private static string Since(CodeRepo repo, CloneState state) =>
        RespondedAt(repo, state) is { } checkedAt
            ? $"at {checkedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}"
            : "before";

    private static V1Condition Condition(CodeRepo repo, string type, string status, string reason, string message, DateTimeOffset now) =>
        repo.MakeCondition(type, status, reason, ForeignText.Line(message, ForeignText.LongestMessage), now);
}

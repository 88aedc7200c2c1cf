using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>What the status of a CodeRepo says, in a word.</summary>
internal static class StatusSummary
{
    /// <summary>The state that a CodeRepo is in.</summary>
    public static RepoState StateOf(CodeRepo repo) =>
        repo.IsTrue(ConditionTypes.Ready) ? RepoState.Ready
        : repo.IsTrue(ConditionTypes.Stalled) ? RepoState.Stalled
        : repo.FindCondition(ConditionTypes.Ready)?.Reason is Reasons.NotRequested or Reasons.Suspended ? RepoState.Waiting
        : RepoState.Reconciling;

    /// <summary>The reason of the failure that the status reports; null: none, or a clone is being made.</summary>
    public static string? FailureOf(CodeRepo repo)
    {
        var condition = repo.FindCondition(ConditionTypes.Stalled) ?? repo.FindCondition(ConditionTypes.Reconciling);
        return condition?.Reason is Reasons.Cloning or Reasons.Recloning ? null : condition?.Reason;
    }
}

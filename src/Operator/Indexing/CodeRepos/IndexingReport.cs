using CodeRepoOperator.Entities;
using CodeRepoOperator.Text;
using k8s.Models;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>Turns the state of rows into this directory's part of a status: the condition and <c>status.indexing</c>. Pure.</summary>
internal static class IndexingReport
{
    /// <summary>This directory's part of a status as it is; null: there is none.</summary>
    public static CodeRepoStatus? Current(CodeRepo repo) =>
        Condition(repo) is null && repo.Status?.Indexing is null
            ? null
            : new CodeRepoStatus { Indexing = repo.Status?.Indexing, Conditions = Condition(repo) is { } condition ? [condition] : null };

    /// <summary>This directory's part of a status as it should be.</summary>
    public static CodeRepoStatus For(CodeRepo repo, IndexingState state, DateTimeOffset now)
    {
        return new CodeRepoStatus
        {
            Indexing =
                state.Worst is { Row: var row }
                    ? new CodeRepoIndexingStatus
                    {
                        Status = row.Status is { } status ? ForeignText.Escaped(status, ForeignText.LongestValue) : null,
                        StartedAt = row.StartedAt,
                        Holder = row.Holder is { } holder ? ForeignText.Escaped(holder, CodeRepoRowQuery.LongestHolder) : null,

                        // Whoever may write the row may have set it back too far: the CRD takes no less.
                        Resets = row.Resets is { } resets ? Math.Max(resets, 0) : null,
                    }
                : state.KeepsRow ? repo.Status?.Indexing
                : null,
            Conditions =
            [
                repo.MakeCondition(
                    ConditionTypes.IndexingHealthy,
                    state.Status,
                    state.Reason,
                    ForeignText.Line(state.Message, ForeignText.LongestMessage),
                    now
                ),
            ],
        };
    }

    /// <summary>The fields of a status as they are without this directory's part; null: they go.</summary>
    public static IReadOnlyDictionary<string, object?> Without(CodeRepo repo)
    {
        var others = (repo.Status?.Conditions ?? []).Where(condition => condition.Type != ConditionTypes.IndexingHealthy).ToList();
        return new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["conditions"] = others.Count > 0 ? others : null,
            ["indexing"] = null,
        };
    }

    private static V1Condition? Condition(CodeRepo repo) => repo.FindCondition(ConditionTypes.IndexingHealthy);
}

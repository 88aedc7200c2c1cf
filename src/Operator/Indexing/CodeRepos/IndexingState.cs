using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>What the status of a CodeRepo is to say of its rows. Pure.</summary>
/// <param name="Status">Of the condition: True, False or Unknown.</param>
/// <param name="Reason">Of the condition.</param>
/// <param name="Message">Of the condition.</param>
/// <param name="Worst">The row that is reported: of several, the one in the worst phase; null: none.</param>
/// <param name="KeepsRow">Whether what was reported of a row stays, since none could be looked at.</param>
internal sealed record IndexingState(string Status, string Reason, string Message, ReportedRow? Worst = null, bool KeepsRow = false)
{
    /// <summary>Whether the CodeRepo has one row and no more, so that it can be compared with what was reported of it.</summary>
    public bool IsOfOneRow { get; private init; }

    /// <summary>Judges what a sweep of all targets found.</summary>
    /// <returns>What to say; null: it can't be said yet, and what was said stays.</returns>
    public static IndexingState? For(DesiredRow desired, IReadOnlyList<TargetFinding> findings, IndexingOptions options)
    {
        if (!desired.MayHaveRows)
        {
            return WithoutAccess(desired);
        }

        var rows = findings
            .SelectMany(finding =>
                (finding.RowsOf(desired.Uid)?.Rows ?? []).Select(row =>
                    (Finding: finding, Reported: new ReportedRow(finding.Sweep.Target, row, options.MaxResets))
                )
            )
            .OrderByDescending(row => row.Reported.Phase)
            .ThenBy(row => row.Reported.Row.StartedAt ?? DateTimeOffset.MinValue)
            .ThenBy(row => row.Reported.Row.Key, StringComparer.Ordinal)
            .ToList();
        if (rows.Count > 0)
        {
            var state = OfRow(desired, rows[0].Reported, rows[0].Finding);
            return rows.Count == 1
                ? state with
                {
                    IsOfOneRow = true,
                }
                : state with
                {
                    Message = $"Of {rows.Count} rows this one is in the worst state. {state.Message}",
                };
        }

        if (
            findings.Any(finding =>
                finding is { Sweep.Outcome: SweepOutcome.Failed, IsUnavailable: false }
                || (finding.Owners is not null && finding.Owners.Of(desired.Uid) is null)
            )
        )
        {
            return null;
        }

        return findings.Any(finding => finding.IsUnavailable)
            ? new IndexingState(
                ConditionStatus.Unknown,
                Reasons.DatabaseUnavailable,
                "The database can't be looked at or swept: the operator's log says why. Stuck rows are not reset meanwhile.",
                KeepsRow: true
            )
            : WithoutRow(desired, [.. findings.Select(finding => finding.RowsOf(desired.Uid)).OfType<OwnedRows>()], findings);
    }

    /// <summary>The same whether there is such a row or not.</summary>
    private static IndexingState WithoutAccess(DesiredRow desired) =>
        desired.Access is ProvenAccess.Shared
            ? new IndexingState(
                ConditionStatus.Unknown,
                Reasons.AccessUnproven,
                "The clone was made with credentials that are for all namespaces, which don't prove that this one may read it: name "
                    + "a Secret in spec.auth, or have the administrator name this namespace in Git:Credentials or Indexing:Tenants. "
                    + "Until then no row is matched."
            )
            : new IndexingState(
                ConditionStatus.Unknown,
                Reasons.NoClone,
                "There is no clone of this git_url and branch yet, and a URL alone proves no permission: spec.indexing applies once "
                    + "there is one."
            );

    private static IndexingState OfRow(DesiredRow desired, ReportedRow row, TargetFinding finding)
    {
        var owned = finding.RowsOf(desired.Uid)!;
        var message = string.Join(' ', new[] { row.Message, Sharing(owned), desired.Threshold.Note }.OfType<string>());
        return row.Phase switch
        {
            IndexingPhase.Exhausted => new IndexingState(ConditionStatus.False, Reasons.ResetsExhausted, message, row),
            IndexingPhase.Reset => new IndexingState(ConditionStatus.False, Reasons.Reset, message, row),
            _ when finding.Sweep.Outcome is SweepOutcome.Degraded => new IndexingState(
                ConditionStatus.Unknown,
                Reasons.Degraded,
                $"{Degradation(finding)} {message}",
                row
            ),
            _ when desired.Threshold.IsUnreadable => new IndexingState(ConditionStatus.True, Reasons.InvalidThreshold, message, row),
            _ when owned.Sharers > 1 => new IndexingState(ConditionStatus.True, Reasons.AmbiguousRow, message, row),
            IndexingPhase.Indexing => new IndexingState(ConditionStatus.True, Reasons.Indexing, message, row),
            _ => new IndexingState(ConditionStatus.True, Reasons.Idle, message, row),
        };
    }

    private static IndexingState WithoutRow(DesiredRow desired, IReadOnlyList<OwnedRows> owned, IReadOnlyList<TargetFinding> findings)
    {
        if (owned.Any(rows => rows.IsOfAnother))
        {
            return new IndexingState(
                ConditionStatus.Unknown,
                Reasons.RowMismatch,
                "The row that spec.indexing.id names has another git_url, so spec.indexing is ignored: correct id or git_url."
            );
        }

        // Without its table's URL a row can't be found: that is what is to be mended.
        if (
            findings.FirstOrDefault(finding => finding is { Sweep.Outcome: SweepOutcome.Degraded, Owners: null }) is { } degraded
            && owned.Count == 0
        )
        {
            return new IndexingState(ConditionStatus.Unknown, Reasons.Degraded, Degradation(degraded));
        }

        var message = desired switch
        {
            { Id: not null } when owned.Count > 0 && owned.All(rows => rows.IsNoKey) =>
                "spec.indexing.id can't be a key of the table: its type is another. Write it as the table has it.",
            { Id: not null } => "No row has the key that spec.indexing.id names.",
            { FollowsHead: true, Branch: null } =>
                "No row has this git_url and no branch; those of the default branch are found once it is known.",
            { FollowsHead: true } => $"No row has this git_url and the branch {desired.Branch}, or none.",
            { Branch: null } => "A CodeRepo with spec.ref is of no branch, which rows are found by: name the row in spec.indexing.id.",
            _ => $"No row has this git_url and the branch {desired.Branch}.",
        };
        return new IndexingState(ConditionStatus.Unknown, Reasons.NoRow, message);
    }

    private static string Degradation(TargetFinding finding) => $"Recovery is limited in {finding.Sweep.Target.Label}: {finding.Sweep.Why}";

    private static string? Sharing(OwnedRows owned) =>
        owned.Sharers > 1 ? $"{owned.Sharers} CodeRepos match it: the longest of their thresholds applies." : null;
}

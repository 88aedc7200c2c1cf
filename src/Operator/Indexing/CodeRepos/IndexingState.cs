using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>How things stand with the rows of a CodeRepo, to be told in its status. Pure.</summary>
/// <param name="Status">Of the condition: True, False or Unknown.</param>
/// <param name="Reason">Of the condition.</param>
/// <param name="Message">Of the condition.</param>
/// <param name="Worst">The row that is told of: of several, the one that stands worst; null: none.</param>
/// <param name="KeepsRow">Whether what was told of a row stays, since none could be looked at.</param>
internal sealed record IndexingState(string Status, string Reason, string Message, RowStanding? Worst = null, bool KeepsRow = false)
{
    /// <summary>Whether the CodeRepo has one row and no more, so that it can be compared with what was told of it.</summary>
    public bool IsOfOneRow { get; private init; }

    /// <summary>Judges what a round found.</summary>
    /// <returns>How things stand; null: it can't be said yet, and what was told stays.</returns>
    public static IndexingState? For(DesiredRow wanted, IReadOnlyList<TargetFinding> findings, IndexingOptions options)
    {
        if (!wanted.MayHaveRows)
        {
            // The same whether there is such a row or not.
            return wanted.Claim is RowClaim.Shared
                ? new IndexingState(
                    ConditionStatus.Unknown,
                    Reasons.AccessUnproven,
                    "The clone was made with credentials that are for all namespaces, which show nothing of this one: name a Secret in spec.auth, or have the administrator name this namespace in Git:Credentials or Indexing:Tenants. No row is looked for before.")
                : new IndexingState(
                    ConditionStatus.Unknown, Reasons.NoClone, "There is no clone of this git_url and branch yet, and a URL alone gives nobody a row: spec.indexing counts once there is one.");
        }

        var rows = findings
            .SelectMany(finding => (finding.RowsOf(wanted.Uid)?.Rows ?? []).Select(row => (Finding: finding, Standing: new RowStanding(finding.Target, row, options.MaxResets))))
            .OrderByDescending(row => row.Standing.State).ThenBy(row => row.Standing.Row.StartedAt ?? DateTimeOffset.MinValue)
            .ThenBy(row => row.Standing.Row.Key, StringComparer.Ordinal).ToList();
        if (rows.Count > 0)
        {
            var standing = OfRow(wanted, rows[0].Standing, rows[0].Finding);
            return rows.Count == 1
                ? standing with { IsOfOneRow = true }
                : standing with { Message = $"Of {rows.Count} rows this one stands worst. {standing.Message}" };
        }

        if (findings.Any(finding => finding is { Result: SweepResult.Failed, IsUnavailable: false } || (finding.Matches is not null && finding.Matches.Of(wanted.Uid) is null)))
        {
            return null;
        }

        return findings.Any(finding => finding.IsUnavailable)
            ? new IndexingState(
                ConditionStatus.Unknown, Reasons.DatabaseUnavailable, "The database can't be looked at or swept: the operator's log says why. Stuck rows are not reset meanwhile.", KeepsRow: true)
            : WithoutRow(wanted, [.. findings.Select(finding => finding.RowsOf(wanted.Uid)).OfType<RowMatch>()], findings);
    }

    private static IndexingState OfRow(DesiredRow wanted, RowStanding row, TargetFinding finding)
    {
        var match = finding.RowsOf(wanted.Uid)!;
        var message = string.Join(' ', new[] { row.Message, Sharing(match), wanted.Threshold.Note }.OfType<string>());
        return row.State switch
        {
            RowState.Exhausted => new IndexingState(ConditionStatus.False, Reasons.ResetsExhausted, message, row),
            RowState.Reset => new IndexingState(ConditionStatus.False, Reasons.Reset, message, row),
            _ when finding.Result is SweepResult.Degraded => new IndexingState(ConditionStatus.Unknown, Reasons.Degraded, $"{Degradation(finding)} {message}", row),
            _ when wanted.Threshold.IsUnreadable => new IndexingState(ConditionStatus.True, Reasons.InvalidThreshold, message, row),
            _ when match.Sharers > 1 => new IndexingState(ConditionStatus.True, Reasons.AmbiguousRow, message, row),
            RowState.Indexing => new IndexingState(ConditionStatus.True, Reasons.Indexing, message, row),
            _ => new IndexingState(ConditionStatus.True, Reasons.Idle, message, row),
        };
    }

    private static IndexingState WithoutRow(DesiredRow wanted, IReadOnlyList<RowMatch> matches, IReadOnlyList<TargetFinding> findings)
    {
        if (matches.Any(match => match.IsOfAnother))
        {
            return new IndexingState(
                ConditionStatus.Unknown, Reasons.RowMismatch, "The row that spec.indexing.id names has another git_url, so spec.indexing is not heeded: correct id or git_url.");
        }

        // Without its table's URL a row can't be found: that is what is to be mended.
        if (findings.FirstOrDefault(finding => finding is { Result: SweepResult.Degraded, Matches: null }) is { } degraded && matches.Count == 0)
        {
            return new IndexingState(ConditionStatus.Unknown, Reasons.Degraded, Degradation(degraded));
        }

        var message = wanted switch
        {
            { Id: not null } when matches.Count > 0 && matches.All(match => match.IsNoKey) => "spec.indexing.id can't be a key of the table: its type is another. Write it as the table has it.",
            { Id: not null } => "No row has the key that spec.indexing.id names.",
            { FollowsHead: true, Branch: null } => "No row has this git_url and no branch; those of the default branch are found once it is known.",
            { FollowsHead: true } => $"No row has this git_url and the branch {wanted.Branch}, or none.",
            _ => $"No row has this git_url and the branch {wanted.Branch}.",
        };
        return new IndexingState(ConditionStatus.Unknown, Reasons.NoRow, message);
    }

    private static string Degradation(TargetFinding finding) => $"Recovery is limited in {finding.Target.Label}: {finding.Why}";

    private static string? Sharing(RowMatch match) => match.Sharers > 1 ? $"{match.Sharers} CodeRepos mean it: the longest of their thresholds counts." : null;
}

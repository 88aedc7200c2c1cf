using System.Globalization;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>A row as it is reported to people: its phase, in words. Pure: the same row gives the same words, whatever the time.</summary>
/// <param name="Target">The target.</param>
/// <param name="Row">The row.</param>
/// <param name="MaxResets">How often a row may be reset in a row.</param>
internal sealed record ReportedRow(IndexingTarget Target, IndexingRow Row, int MaxResets)
{
    /// <summary>
    /// How far it is. That a row was reset and not taken since is seen from the row alone: its count of resets goes back to 0 when a
    /// job ends by itself. So a restart, and a sweep by somebody else, lose nothing.
    /// </summary>
    public IndexingPhase Phase =>
        Row switch
        {
            _ when Row.Status == Target.Active => IndexingPhase.Indexing,
            { Resets: > 0 and var resets } when Row.Status == Target.Reset || Row.Status == Target.Exhausted => resets > MaxResets
                ? IndexingPhase.Exhausted
                : IndexingPhase.Reset,
            _ => IndexingPhase.Idle,
        };

    /// <summary>The row's name, for people.</summary>
    public string Name => $"Row {ForeignText.Escaped(Row.Key, ForeignText.LongestValue)} of {Target.Label}";

    /// <summary>In a sentence or two.</summary>
    public string Message =>
        Phase switch
        {
            IndexingPhase.Indexing => $"{Name} is {Status}{Since}.{(Row.Resets > 0 ? $" It was reset before, {Resets}." : "")}",
            IndexingPhase.Reset =>
                $"{Name} was left {Target.Active} by a job that died, and set to {Status}, {Resets} of {MaxResets} times in a row. It "
                    + "can be taken again.",
            IndexingPhase.Exhausted =>
                $"{Name} is given up: job after job left it {Target.Active} without a sign of life, {Resets}. Find out why, then set "
                    + $"its {ResetsColumn} to 0.",
            _ => $"{Name} is {Status ?? "without a status"}: no job holds it.",
        };

    private string? Status => Row.Status is { } status ? ForeignText.Escaped(status, ForeignText.LongestValue) : null;

    private string Since =>
        Row.StartedAt is { } at ? $" since {at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}" : "";

    private string Resets =>
        Phase switch
        {
            IndexingPhase.Reset => (Row.Resets ?? 0).ToString(CultureInfo.InvariantCulture),
            _ => string.Create(CultureInfo.InvariantCulture, $"{Row.Resets ?? 0} times in a row"),
        };

    private string ResetsColumn => Target.Resets;
}

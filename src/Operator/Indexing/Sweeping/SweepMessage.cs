using System.Globalization;
using System.Text;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>What the command says of a sweep: a line for the target, and in a dry run one for each row.</summary>
internal static class SweepMessage
{
    /// <summary>The lines.</summary>
    public static string Of(SweepResult result, bool dryRun)
    {
        var words = new StringBuilder();
        var given = result.Exhausted.Count();
        words
            .Append(CultureInfo.InvariantCulture, $"{result.Target.Label}: {result.Outcome.ToString().ToLowerInvariant()}, ")
            .Append(CultureInfo.InvariantCulture, $"{result.Reset.Count} rows {(dryRun ? "would be " : "")}reset")
            .Append(given > 0 ? string.Create(CultureInfo.InvariantCulture, $", {given} of them given up") : "")
            .Append(
                result.SkippedLocked > 0
                    ? string.Create(CultureInfo.InvariantCulture, $", {result.SkippedLocked} left that are locked")
                    : ""
            )
            .Append(result.Why is null ? "" : $". {result.Why}");
        if (result.Grace is { } grace)
        {
            words
                .AppendLine()
                .Append(
                    CultureInfo.InvariantCulture,
                    $"  Rows are silent for longer than the threshold, but the database was restarted or could not be written meanwhile: "
                )
                .Append(
                    CultureInfo.InvariantCulture,
                    $"they are reset if they stay silent for another {TimeSpan.FromSeconds(Math.Ceiling(grace.TotalSeconds)):c}."
                );
        }

        foreach (var row in dryRun ? result.Reset : [])
        {
            words
                .AppendLine()
                .Append(
                    CultureInfo.InvariantCulture,
                    $"  {ForeignText.Escaped(row.Key, ForeignText.LongestValue)}: no sign of life for {row.Age:c}"
                );
        }

        return words.ToString();
    }
}

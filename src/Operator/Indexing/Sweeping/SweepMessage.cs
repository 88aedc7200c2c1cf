using System.Globalization;
using System.Text;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>What the command says of a sweep: a line for the target, and in a dry run one for each row.</summary>
internal static class SweepMessage
{
    /// <summary>Says it.</summary>
    public static string Of(TargetSweep sweep, bool dryRun)
    {
        var words = new StringBuilder();
        var given = sweep.Exhausted.Count();
        words.Append(CultureInfo.InvariantCulture, $"{sweep.Target.Label}: {sweep.Result.ToString().ToLowerInvariant()}, ")
            .Append(CultureInfo.InvariantCulture, $"{sweep.Reset.Count} rows {(dryRun ? "would be " : "")}reset")
            .Append(given > 0 ? string.Create(CultureInfo.InvariantCulture, $", {given} of them given up") : "")
            .Append(sweep.SkippedLocked > 0 ? string.Create(CultureInfo.InvariantCulture, $", {sweep.SkippedLocked} left that are locked") : "")
            .Append(sweep.Why is null ? "" : $". {sweep.Why}");
        foreach (var row in dryRun ? sweep.Reset : [])
        {
            words.AppendLine().Append(CultureInfo.InvariantCulture, $"  {ForeignText.Escaped(row.Key, ForeignText.LongestValue)}: no sign of life for {row.Age:c}");
        }

        return words.ToString();
    }
}

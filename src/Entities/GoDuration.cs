using System.Globalization;
using System.Text.RegularExpressions;

namespace CodeRepoOperator.Entities;

/// <summary>
/// Durations as Go's <c>time.ParseDuration</c> and Kubernetes write them: decimal numbers with a unit (<c>h</c>, <c>m</c>,
/// <c>s</c>, <c>ms</c>), largest first or not, without a sign. <c>0</c> needs no unit.
/// </summary>
public static partial class GoDuration
{
    /// <summary>The pattern that the CRD has for every duration.</summary>
    public const string Pattern = "^" + Body + "$";

    private const string Body = @"(0|([0-9]{1,9}(\.[0-9]{1,9})?(h|m|s|ms))+)";

    /// <summary>Reads a duration.</summary>
    /// <param name="text">The text, as in a spec.</param>
    /// <param name="duration">The duration; zero when the text is none.</param>
    /// <returns>Whether the text is a duration that Go can hold: 292 years at most.</returns>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text is null || !WholePattern().IsMatch(text))
        {
            return false;
        }

        var nanoseconds = 0m;
        foreach (Match part in PartPattern().Matches(text))
        {
            // Go cuts each part to whole nanoseconds.
            nanoseconds += decimal.Truncate(
                decimal.Parse(part.Groups["number"].ValueSpan, CultureInfo.InvariantCulture)
                    * part.Groups["unit"].Value switch
                    {
                        "h" => 3_600_000_000_000,
                        "m" => 60_000_000_000,
                        "s" => 1_000_000_000,
                        _ => 1_000_000,
                    }
            );
        }

        if (nanoseconds > long.MaxValue)
        {
            return false;
        }

        // What is longer than zero stays so.
        duration = TimeSpan.FromTicks((long)decimal.Ceiling(nanoseconds / TimeSpan.NanosecondsPerTick));
        return true;
    }

    [GeneratedRegex(@"\A" + Body + @"\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WholePattern();

    [GeneratedRegex(
        @"(?<number>[0-9.]+)(?<unit>h|ms|m|s)",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex PartPattern();
}

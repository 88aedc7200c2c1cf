using System.Text.RegularExpressions;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Runtime.Settings;

/// <summary>Values of settings, made fit to be shown in a message of one line.</summary>
internal static partial class SettingText
{
    /// <summary>Enough to recognise what was written.</summary>
    private const int MaximumLength = 100;

    /// <summary>In quotes; what can't be seen becomes a space, and who a URL says to be becomes <c>***</c>.</summary>
    public static string Shown(string? value)
    {
        var cleaned = ForeignText.Line(value ?? "");
        var redacted = UserInfoPattern().Replace(cleaned, "***@");
        return redacted.Length > MaximumLength ? $"'{redacted[..MaximumLength]}…'" : $"'{redacted}'";
    }

    /// <summary>The name that was probably meant; null: none is close.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="known">The names that there are.</param>
    public static string? Nearest(string name, IEnumerable<string> known)
    {
        // One slip in four letters is a slip; more is another word.
        var (nearest, distance) = known.Select(candidate => (candidate, Distance(name, candidate))).MinBy(pair => pair.Item2);
        return nearest is not null && distance <= Math.Max(1, nearest.Length / 4) ? nearest : null;
    }

    /// <summary>How many letters must be put in, taken out or exchanged (Levenshtein), whatever their case.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var exchanged = diagonal + (char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(exchanged, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }

    [GeneratedRegex("(?<=//)[^/@]*@", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UserInfoPattern();
}

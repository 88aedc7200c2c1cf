using System.Text.RegularExpressions;

namespace CodeRepoOperator.Cloning.Reporting;

/// <summary>
/// Distinguishes a failure that is another from one that only reads differently: a remote's request id, a count of bytes, the name of a
/// temporary directory or a <c>Retry-After</c> moves from try to try, and each would be a write of the status.
/// </summary>
internal static partial class FailureMessage
{
    /// <summary>The words to report: those that are reported already, if the new ones differ in nothing but such details.</summary>
    public static string Stable(string reported, string now) => WithoutDetails(reported) == WithoutDetails(now) ? reported : now;

    private static string WithoutDetails(string words) => Detail().Replace(words, "#");

    /// <summary>A word with a digit in it, as numbers, times, ids and such names have.</summary>
    [GeneratedRegex(@"[\w:+-]*\d[\w:+-]*", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Detail();
}

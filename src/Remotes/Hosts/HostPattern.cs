using System.Globalization;
using System.Text;

namespace CodeRepoOperator.Remotes.Hosts;

/// <summary>Hosts as an administrator names them: <c>git.example.com</c>, or <c>*.example.com</c> for every host below it.</summary>
internal static class HostPattern
{
    private const string Below = "*.";

    /// <summary>Whether it can mean any host.</summary>
    public static bool IsValid(string pattern) =>
        Uri.CheckHostName(pattern.StartsWith(Below, StringComparison.Ordinal) ? pattern[Below.Length..] : pattern)
            is not UriHostNameType.Unknown
        && Encoded(pattern) is not null;

    /// <summary>Whether it means this host.</summary>
    public static bool Matches(string pattern, string host)
    {
        var name = host.TrimEnd('.');
        return Encoded(pattern) is { } encoded
            && (
                encoded.StartsWith(Below, StringComparison.Ordinal)
                    ? name.EndsWith(encoded[1..], StringComparison.OrdinalIgnoreCase)
                    : name.Equals(encoded.TrimEnd('.'), StringComparison.OrdinalIgnoreCase)
            );
    }

    /// <summary>As the host of a URL is: <c>xn--…</c> for letters beyond ASCII; null: no host is called so.</summary>
    private static string? Encoded(string pattern)
    {
        try
        {
            return Ascii.IsValid(pattern) ? pattern
                : pattern.StartsWith(Below, StringComparison.Ordinal) ? Below + new IdnMapping().GetAscii(pattern[Below.Length..])
                : new IdnMapping().GetAscii(pattern);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}

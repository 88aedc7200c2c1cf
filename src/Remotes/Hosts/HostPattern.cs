using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Remotes.Hosts;

/// <summary>Hosts as an administrator names them: <c>git.example.com</c>, or <c>*.example.com</c> for every host below it.</summary>
internal static partial class HostPattern
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

    /// <summary>Whether it can mean any host, optionally with a port behind it: <c>git.example.com:8443</c>.</summary>
    public static bool IsValidWithPort(string pattern)
    {
        var (host, port) = Split(pattern);
        return IsValid(host) && port is not (< 1 or > 65535);
    }

    /// <summary>Whether it means the host and port of a URL. Without a port: the scheme's own.</summary>
    public static bool MatchesPort(string pattern, GitUrl url)
    {
        var (host, port) = Split(pattern);
        return Matches(host, url.Host) && (port ?? GitUrl.PortOf(url.Scheme)) == url.Port;
    }

    // An IPv6 address has colons of its own, and stands in brackets.
    private static (string Host, int? Port) Split(string pattern) =>
        PortPattern().Match(pattern) is { Success: true } parts
            ? (parts.Groups["host"].Value, int.Parse(parts.Groups["port"].ValueSpan, CultureInfo.InvariantCulture))
            : (pattern.Trim('[', ']'), null);

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

    [GeneratedRegex(
        @"^(\[(?<host>[^\]]+)\]|(?<host>[^:\[\]]+)):(?<port>[0-9]{1,9})\z",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex PortPattern();
}

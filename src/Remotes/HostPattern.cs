namespace CodeRepoOperator.Cloning.Remotes;

/// <summary>Hosts as an administrator names them: <c>git.example.com</c>, or <c>*.example.com</c> for every host below it.</summary>
internal static class HostPattern
{
    private const string Below = "*.";

    /// <summary>Whether it can mean any host.</summary>
    public static bool IsValid(string pattern) =>
        Uri.CheckHostName(pattern.StartsWith(Below, StringComparison.Ordinal) ? pattern[Below.Length..] : pattern) is not UriHostNameType.Unknown;

    /// <summary>Whether it means this host.</summary>
    public static bool Matches(string pattern, string host)
    {
        var name = host.TrimEnd('.');
        return pattern.StartsWith(Below, StringComparison.Ordinal)
            ? name.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase)
            : name.Equals(pattern.TrimEnd('.'), StringComparison.OrdinalIgnoreCase);
    }
}

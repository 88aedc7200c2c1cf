using System.Text.RegularExpressions;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>Reads <c>postgresql://user:password@host:port,host:port/database?parameter=value</c>, as PostgreSQL's libpq has it.</summary>
internal static partial class LibpqUri
{
    private const string Encode = "write @ / ? # % and spaces in the user and the password as %40 %2F %3F %23 %25 %20";

    /// <summary>Whether a text begins as one.</summary>
    public static bool IsOne(string text) =>
        text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase)
        || text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads it.</summary>
    public static LibpqParameters Read(string text)
    {
        if (WrongEscape().IsMatch(text))
        {
            return LibpqParameters.Wrong($"a % in it is followed by no two digits of a character: {Encode}");
        }

        var match = Form().Match(text);
        var hosts = match.Groups["hosts"].Value;
        if (!match.Success || text.Any(char.IsWhiteSpace) || EndsTooSoon(match))
        {
            return LibpqParameters.Wrong(Encode);
        }

        var pairs = new List<KeyValuePair<string, string>>();
        void Add(string key, string value) => pairs.Add(KeyValuePair.Create(key, Uri.UnescapeDataString(value)));
        Add("user", match.Groups["user"].Value);
        Add("password", match.Groups["password"].Value);
        Add("dbname", match.Groups["database"].Value);
        if (hosts.Length > 0)
        {
            var servers = hosts.Split(',').Select(server => Server().Match(server)).ToList();
            if (servers.Exists(server => !server.Success))
            {
                return LibpqParameters.Wrong($"a host of it is none: write host:port, and an IPv6 address in brackets; {Encode}");
            }

            Add("host", string.Join(',', servers.Select(server => server.Groups["host"].Value)));
            Add("port", string.Join(',', servers.Select(server => server.Groups["port"].Value)));
        }

        foreach (var parameter in match.Groups["query"].Value.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            if (parameter.Split('=') is not [var key, var value])
            {
                return LibpqParameters.Wrong("a parameter after the ? is no name=value: write = and & within a value as %3D and %26");
            }

            if (!LibpqKeywords.IsOne(key) && value.Contains('@', StringComparison.Ordinal))
            {
                return LibpqParameters.Wrong(Encode);
            }

            Add(Uri.UnescapeDataString(key), value);
        }

        return new(pairs);
    }

    /// <summary>An @ or / in a password ends it, and what is behind it would be shown as a host or a database.</summary>
    private static bool EndsTooSoon(Match match) =>
        match.Groups["hosts"].ValueSpan.Contains('@')
        || match.Groups["database"].ValueSpan.Contains('@')
        || (!match.Groups["user"].Success && match.Groups["rest"].ValueSpan.Contains('@'));

    [GeneratedRegex(
        "^[A-Za-z]+://((?<user>[^:@/]*)(:(?<password>[^@/]*))?@)?(?<hosts>[^/?]*)(?<rest>(/(?<database>[^?]*))?([?](?<query>.*))?)$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking | RegexOptions.Singleline
    )]
    private static partial Regex Form();

    [GeneratedRegex(
        @"^(?<host>\[[0-9A-Fa-f:.%]*\]|[^:\[\]]*)(:(?<port>[0-9]*))?$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Server();

    [GeneratedRegex("%(?![0-9A-Fa-f]{2})|%00", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WrongEscape();
}

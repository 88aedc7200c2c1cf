using System.Text;
using Npgsql;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>
/// Reads <c>host=… user=…</c>, as PostgreSQL's libpq has it: spaces between the parameters; values with spaces in single quotes; a
/// backslash before a quote or a backslash.
/// </summary>
internal static class LibpqText
{
    /// <summary>
    /// Whether a text is of this form and not of Npgsql's, to which all that follows the first name would be one value: two of libpq's
    /// names, and no ; between them.
    /// </summary>
    public static bool IsOne(string text)
    {
        var (pairs, _) = Read(text);
        return pairs is [var first, ..]
            && LibpqKeywords.IsOne(first.Key)
            && !first.Value.Contains(';', StringComparison.Ordinal)
            && (!text.Contains(';', StringComparison.Ordinal) || pairs.Any(pair => pair.Key is "host" or "hostaddr"))
            && (pairs.Count(pair => LibpqKeywords.IsOne(pair.Key)) > 1 || !new NpgsqlConnectionStringBuilder().ContainsKey(first.Key));
    }

    /// <summary>Reads it. What was read before an error is there too.</summary>
    public static LibpqParameters Read(string text)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        for (var at = Skip(text, 0); at < text.Length; at = Skip(text, at))
        {
            var start = at;
            while (at < text.Length && text[at] != '=' && !char.IsWhiteSpace(text[at]))
            {
                at++;
            }

            var key = text[start..at];
            at = Skip(text, at);
            if (at == text.Length || text[at] != '=')
            {
                return new(pairs, "a value with a space in it must be in single quotes");
            }

            at = Skip(text, at + 1);
            if (Value(text, ref at) is not { } value)
            {
                return new(pairs, "a single quote is not closed: write \\' for one within a value");
            }

            pairs.Add(KeyValuePair.Create(key, value));
        }

        return new(pairs);
    }

    private static string? Value(string text, ref int at)
    {
        var isQuoted = at < text.Length && text[at] == '\'';
        at += isQuoted ? 1 : 0;
        var value = new StringBuilder();
        for (; at < text.Length; at++)
        {
            if (isQuoted ? text[at] == '\'' : char.IsWhiteSpace(text[at]))
            {
                at++;
                return value.ToString();
            }

            at += text[at] == '\\' && at + 1 < text.Length ? 1 : 0;
            value.Append(text[at]);
        }

        return isQuoted ? null : value.ToString();
    }

    private static int Skip(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        return at;
    }
}

using System.Buffers;
using System.Globalization;
using System.Text;

namespace CodeRepoOperator.Remotes.Urls;

/// <summary>Percent-encoding (RFC 3986) in one spelling: only what must be is encoded, in capitals.</summary>
internal static class PercentEncoding
{
    private const string Unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    private const string SubDelimiters = "!$&'()*+,;=";

    private static readonly SearchValues<char> NeverEncoded = SearchValues.Create(Unreserved);
    private static readonly SearchValues<char> PlainInUser = SearchValues.Create(Unreserved + SubDelimiters);
    private static readonly SearchValues<char> PlainInPath = SearchValues.Create(Unreserved + SubDelimiters + ":@/");

    // A URL ends its path at these alone, and otherwise stays as it was written.
    private static readonly SearchValues<char> PlainInUrl = SearchValues.Create([
        .. Enumerable.Range(0, 0x80).Select(code => (char)code).Where(one => one is not ('?' or '#')),
    ]);

    /// <summary>A user's name as it is written in front of the <c>@</c>.</summary>
    public static string OfUser(string name) => Encoded(name, PlainInUser);

    /// <summary>A path that is not encoded.</summary>
    public static string OfPath(string path) => Encoded(path, PlainInPath);

    /// <summary>A path as a URL has it, encoded or not: only letters beyond ASCII, and what would end it, are.</summary>
    public static string OfUrlPath(string path) => Encoded(path, PlainInUrl);

    /// <summary>A path that is encoded, in whatever way: <c>%7e</c> and <c>~</c> are the same, <c>%2F</c> and <c>/</c> are not.</summary>
    public static string Normalized(string path)
    {
        var normal = new StringBuilder(path.Length);
        for (var i = 0; i < path.Length; i++)
        {
            if (
                path[i] == '%'
                && i + 2 < path.Length
                && byte.TryParse(path.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var encoded)
            )
            {
                Append(normal, encoded, NeverEncoded);
                i += 2;
            }
            else
            {
                var length = char.IsHighSurrogate(path[i]) && i + 1 < path.Length ? 2 : 1;
                normal.Append(OfPath(path.Substring(i, length)));
                i += length - 1;
            }
        }

        return normal.ToString();
    }

    private static string Encoded(string text, SearchValues<char> plain)
    {
        if (!text.AsSpan().ContainsAnyExcept(plain))
        {
            return text;
        }

        var encoded = new StringBuilder(text.Length);
        foreach (var one in Encoding.UTF8.GetBytes(text))
        {
            Append(encoded, one, plain);
        }

        return encoded.ToString();
    }

    private static void Append(StringBuilder to, byte one, SearchValues<char> plain)
    {
        if (plain.Contains((char)one))
        {
            to.Append((char)one);
        }
        else
        {
            to.Append(CultureInfo.InvariantCulture, $"%{one:X2}");
        }
    }
}

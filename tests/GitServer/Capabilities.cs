using System.Globalization;
using System.Text;

namespace GitServer;

/// <summary>The words by which git's two sides say what they can do, in the bytes of advertisements and requests.</summary>
internal static class Capabilities
{
    private const int Header = 4;

    /// <summary>An advertisement with some of its words only.</summary>
    public static byte[] Only(ReadOnlySpan<byte> advertisement, Func<string, bool> has)
    {
        var rest = new List<byte>();
        foreach (var line in Lines(advertisement))
        {
            var text = Encoding.Latin1.GetString(line);
            var words = text.IndexOf('\0', StringComparison.Ordinal) + 1;
            if (words > 0)
            {
                text = text[..words] + string.Join(' ', text[words..].TrimEnd('\n').Split(' ').Where(word => has(NameOf(word)))) + "\n";
            }
            else if (IsCapability(text) && !has(NameOf(text.TrimEnd('\n'))))
            {
                continue;
            }

            rest.AddRange(
                line.Length == 0
                    ? "0000"u8
                    : Encoding.Latin1.GetBytes((text.Length + Header).ToString("x4", CultureInfo.InvariantCulture) + text)
            );
        }

        return [.. rest];
    }

    /// <summary>The words that a request names, before version 2 and with it.</summary>
    public static IReadOnlyList<string> NamedBy(ReadOnlySpan<byte> request)
    {
        var lines = Lines(request).Select(line => Encoding.Latin1.GetString(line).TrimEnd('\n')).ToList();
        return
        [
            .. (
                lines[0].StartsWith("want ", StringComparison.Ordinal)
                    ? lines[0].Split(' ').Skip(2)
                    : lines.Skip(1).TakeWhile(line => line.Length > 0)
            ).Select(NameOf),
        ];
    }

    // In version 2 each is a line. Refs have a space, and so has what is before the capabilities.
    private static bool IsCapability(string line) => line.Length > 0 && !NameOf(line).Contains(' ', StringComparison.Ordinal);

    private static string NameOf(string word) => word.Split('=')[0];

    /// <summary>The payloads of pkt-lines; empty: a flush or a delimiter.</summary>
    private static List<byte[]> Lines(ReadOnlySpan<byte> bytes)
    {
        var lines = new List<byte[]>();
        while (!bytes.IsEmpty)
        {
            var length = Math.Max(
                Header,
                int.Parse(Encoding.Latin1.GetString(bytes[..Header]), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            );
            lines.Add(bytes[Header..length].ToArray());
            bytes = bytes[length..];
        }

        return lines;
    }
}

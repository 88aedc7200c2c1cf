using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using System.Text.Unicode;

namespace CodeRepoOperator.GitWorker.Checkout.Conversion;

/// <summary>
/// An encoding that .gitattributes may ask for by <c>working-tree-encoding</c>. git has the system's iconv do it; here are those for
/// which .NET writes the same bytes as the iconv of glibc. Where the two differ about a character, the file can't have the encoding.
/// </summary>
internal sealed class WorkingTreeEncoding
{
    private const int PieceLength = 4096;

    private static readonly SearchValues<char> PrivateUse = Characters('\uE000', '\uF8FF');

    // .NET gives the bytes that have no character to control characters (Windows), or to those of private use (all).
    private static readonly SearchValues<char> PrivateUseAndC1 = Characters('\u0080', '\u009F', '\uE000', '\uF8FF');

    private static readonly FrozenDictionary<string, Func<WorkingTreeEncoding>> ByName = MakeAll()
        .ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private readonly Encoding _encoding;
    private readonly byte[] _mark;
    private readonly SearchValues<char>? _without;

    private WorkingTreeEncoding(Encoding encoding, SearchValues<char>? without = null) =>
        (_encoding, _mark, _without) = (encoding, encoding.GetPreamble(), without);

    /// <summary>All names that are known, those that only git knows among them.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>Finds one by its name, in whatever case; null: there is no such one here.</summary>
    public static WorkingTreeEncoding? Find(string name) => ByName.TryGetValue(name, out var make) ? make() : null;

    /// <param name="content">UTF-8, one hopes.</param>
    /// <param name="into">Gets the file.</param>
    /// <returns>False: it isn't UTF-8, or has a character that the encoding lacks.</returns>
    /// <exception cref="Remotes.Failures.RemoteFailureException">It becomes too large.</exception>
    public bool TryEncode(ReadOnlySpan<byte> content, ContentBuffer into)
    {
        into.Clear(content.Length);
        into.Append(_mark);
        var characters = new char[PieceLength];
        while (!content.IsEmpty)
        {
            // Whole characters only.
            var status = Utf8.ToUtf16(content, characters, out var read, out var written, replaceInvalidSequences: false);
            if (status is OperationStatus.InvalidData or OperationStatus.NeedMoreData)
            {
                return false;
            }

            content = content[read..];
            if (!TryEncode(characters.AsSpan(0, written), into))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryEncode(ReadOnlySpan<char> characters, ContentBuffer into)
    {
        if (_without is not null && characters.ContainsAny(_without))
        {
            return false;
        }

        try
        {
            into.Advance(_encoding.GetBytes(characters, into.Reserve(_encoding.GetMaxByteCount(characters.Length))));
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    private static IEnumerable<KeyValuePair<string, Func<WorkingTreeEncoding>>> MakeAll()
    {
        // With a mark, UTF-16 and UTF-32 are in the machine's order: git clones on little-endian ones.
        foreach (var utf in (string[])["UTF", "UTF-"])
        {
            yield return Utf16($"{utf}16", bigEndian: false, mark: true);
            yield return Utf16($"{utf}16LE", bigEndian: false, mark: false);
            yield return Utf16($"{utf}16BE", bigEndian: true, mark: false);
            yield return Utf16($"{utf}16LE-BOM", bigEndian: false, mark: true);
            yield return Utf16($"{utf}16BE-BOM", bigEndian: true, mark: true);
            yield return Utf32($"{utf}32", bigEndian: false, mark: true);
            yield return Utf32($"{utf}32LE", bigEndian: false, mark: false);
            yield return Utf32($"{utf}32BE", bigEndian: true, mark: false);
        }

        foreach (var (codePage, names) in CodePages)
        {
            foreach (var name in names.Split(' '))
            {
                yield return new(name, () => OfCodePage(codePage));
            }
        }
    }

    private static KeyValuePair<string, Func<WorkingTreeEncoding>> Utf16(string name, bool bigEndian, bool mark) =>
        new(name, () => new WorkingTreeEncoding(new UnicodeEncoding(bigEndian, mark, throwOnInvalidBytes: true)));

    private static KeyValuePair<string, Func<WorkingTreeEncoding>> Utf32(string name, bool bigEndian, bool mark) =>
        new(name, () => new WorkingTreeEncoding(new UTF32Encoding(bigEndian, mark, throwOnInvalidCharacters: true)));

    private static WorkingTreeEncoding OfCodePage(int codePage)
    {
        var (encode, decode) = (EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        var encoding = CodePagesEncodingProvider.Instance.GetEncoding(codePage, encode, decode)
            ?? Encoding.GetEncoding(codePage, encode, decode);
        return new WorkingTreeEncoding(encoding, codePage is >= 1250 and <= 1258 or 932 or 936 or 949 ? PrivateUseAndC1 : PrivateUse);
    }

    private static SearchValues<char> Characters(params ReadOnlySpan<char> ranges)
    {
        var all = new List<char>();
        for (var i = 0; i < ranges.Length; i += 2)
        {
            all.AddRange(Enumerable.Range(ranges[i], ranges[i + 1] - ranges[i] + 1).Select(character => (char)character));
        }

        return SearchValues.Create([.. all]);
    }

    /// <summary>A test compares each with iconv, character by character.</summary>
    private static (int CodePage, string Names)[] CodePages =>
        [
            (20127, "ASCII US-ASCII ANSI_X3.4-1968"),
            (28591, "ISO-8859-1 ISO8859-1 ISO_8859-1 LATIN1 LATIN-1 L1"),
            (28592, "ISO-8859-2 ISO8859-2 ISO_8859-2 LATIN2 L2"),
            (28593, "ISO-8859-3 ISO8859-3 ISO_8859-3 LATIN3 L3"),
            (28594, "ISO-8859-4 ISO8859-4 ISO_8859-4 LATIN4 L4"),
            (28595, "ISO-8859-5 ISO8859-5 ISO_8859-5 CYRILLIC"),
            (28599, "ISO-8859-9 ISO8859-9 ISO_8859-9 LATIN5 L5"),
            (28603, "ISO-8859-13 ISO8859-13 LATIN7 L7"),
            (28605, "ISO-8859-15 ISO8859-15 ISO_8859-15 LATIN-9"),
            (1250, "CP1250 WINDOWS-1250"),
            (1251, "CP1251 WINDOWS-1251"),
            (1252, "CP1252 WINDOWS-1252"),
            (1253, "CP1253 WINDOWS-1253"),
            (1254, "CP1254 WINDOWS-1254"),
            (1256, "CP1256 WINDOWS-1256"),
            (1257, "CP1257 WINDOWS-1257"),
            (20866, "KOI8-R KOI8R"),
            (437, "CP437 IBM437 437"),
            (775, "CP775 IBM775"),
            (850, "CP850 IBM850 850"),
            (852, "CP852 IBM852 852"),
            (855, "CP855 IBM855 855"),
            (857, "CP857 IBM857 857"),
            (860, "CP860 IBM860 860"),
            (861, "CP861 IBM861 861"),
            (863, "CP863 IBM863 863"),
            (865, "CP865 IBM865 865"),
            (866, "CP866 IBM866 866"),
            (932, "CP932 WINDOWS-31J"),
            (936, "GBK CP936 WINDOWS-936"),
            (949, "CP949 UHC"),
        ];
}

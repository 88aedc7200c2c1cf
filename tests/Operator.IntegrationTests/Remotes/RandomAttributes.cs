using System.Globalization;
using System.Text;

namespace CodeRepoOperator.Remotes;

/// <summary>Makes up <c>.gitattributes</c> files and names and contents for them to be about, the same for the same seed.</summary>
internal sealed class RandomAttributes(int seed)
{
#pragma warning disable CA5394 // To be repeated, not to be kept secret.
    private static readonly string[] Names =
    [
        "a",
        "b",
        "ab",
        "ba",
        "abc",
        "a.txt",
        "b.txt",
        "ab.c",
        "A.TXT",
        "x",
        "[a]",
        "a*b",
        "!a",
        "#a",
        "a b",
        "é",
        "-",
        "a-b",
        "a.b.txt",
        "1",
        "_x.c",
        "a\tb",
        "~a",
    ];

    private static readonly string[] Directories = ["a", "b", "d", "ab", "b.txt", "x y"];

    private static readonly string[] PatternPieces =
    [
        "a",
        "a",
        "b",
        "b",
        "ab",
        ".txt",
        ".c",
        "x",
        "1",
        "é",
        "*",
        "*",
        "*",
        "**",
        "**/",
        "/**",
        "*/",
        "/",
        "/",
        "d/",
        "a/",
        "?",
        "?",
        "[ab]",
        "[!a]",
        "[^b]",
        "[a-c]",
        "[[:alpha:]]",
        "[[:digit:]x]",
        "[[:punct:]]",
        "[[:upper:]_]",
        "[![:space:]]",
        "[[:foo:]]",
        "[]a]",
        "[]-a]",
        "[a-]",
        "[a",
        "[[:alpha]",
        "[\\]a]",
        "[/a]",
        "[--b]",
        "\\a",
        "\\*",
        "\\[",
        "\\",
        "\\/",
        "[[:cntrl:]]",
        "[[:xdigit:]]",
        "[[:graph:]]",
        "[[:blank:]]",
        "[!-.]",
        "[:a]",
        "[[:]",
        "[a-\\c]",
        "***",
        "**/**",
    ];

    private static readonly string[] Attributes =
    [
        "text",
        "text",
        "-text",
        "!text",
        "text=auto",
        "text=auto",
        "text=input",
        "text=foo",
        "text=",
        "-text=auto",
        "eol=crlf",
        "eol=crlf",
        "eol=crlf",
        "eol=lf",
        "eol",
        "-eol",
        "!eol",
        "eol=CRLF",
        "crlf",
        "-crlf",
        "!crlf",
        "crlf=input",
        "crlf=auto",
        "ident",
        "ident",
        "-ident",
        "!ident",
        "ident=x",
        "binary",
        "-binary",
        "!binary",
        "m1",
        "m1",
        "-m1",
        "!m1",
        "m2",
        "m2",
        "m2=x",
        "m3",
        "diff=foo",
        "filter=lfs",
        "linguist-language=C",
        "export-subst",
        "working-tree-encoding=UTF-16",
        "working-tree-encoding=utf-16le-bom",
        "working-tree-encoding=UTF-8",
        "working-tree-encoding=latin-1",
        "working-tree-encoding=no-such",
        "-working-tree-encoding",
        "!working-tree-encoding",
        "working-tree-encoding=",
        "working-tree-encoding=utf32be",
        "working-tree-encoding=CP1252",
    ];

    /// <summary>Each spoils its line.</summary>
    private static readonly string[] NoAttributes = ["-", "=x", "bad!name", "--text", "!", "é"];

    private static readonly string[] ContentPieces =
    [
        "a",
        "line",
        "\n",
        "\n",
        "\n",
        "\n",
        "\r\n",
        "\r\n",
        "\r",
        "\r\r\n",
        "\0",
        "\v",
        "\f",
        "\x1b",
        "\b",
        "\x7f",
        "\x1a",
        "\t",
        "é",
        "€",
        "名",
        "$Id$",
        "$Id$",
        "$Id: abc $",
        "$Id: a b $",
        "$Id:abc$",
        "$Id:$",
        "$Id: $",
        "$Id:  $",
        "$Id",
        "$Id:",
        "$$Id$",
        "$Idx",
        "$I",
        "$",
        "$Id: 0123456789012345678901234567890123456789 $",
        "$Id: a\tb $",
        "$Id: a\r $",
        "$id$",
        " ",
    ];

    private readonly Random _random = new(seed);

    /// <summary>A commit, as <c>git fast-import</c> reads it.</summary>
    /// <param name="directories">How many directories are at the root, each a case for itself but for the macros of the root.</param>
    public byte[] FastImport(int directories)
    {
        using var stream = new MemoryStream();
        Write(stream, "commit refs/heads/main\ncommitter Test <test@example.com> 0 +0000\ndata 1\nx\n");
        Put(stream, ".gitattributes", AttributeFile(atRoot: true));
        for (var i = 0; i < directories; i++)
        {
            Fill(stream, string.Create(CultureInfo.InvariantCulture, $"case{i}/"), depth: 0);
        }

        return stream.ToArray();
    }

    private void Fill(MemoryStream stream, string directory, int depth)
    {
        if (_random.Next(10) < (depth == 0 ? 9 : 4))
        {
            Put(stream, $"{directory}.gitattributes", AttributeFile(atRoot: false), mode: _random.Next(50) == 0 ? "120000" : null);
        }

        foreach (var name in Names.Where(_ => _random.Next(Names.Length) < 4))
        {
            Put(stream, directory + name, Content());
        }

        foreach (var name in Directories.Where(_ => depth < 3 && _random.Next(2 * Directories.Length) == 0))
        {
            Fill(stream, $"{directory}{name}/", depth + 1);
        }
    }

    private byte[] AttributeFile(bool atRoot)
    {
        var text = new StringBuilder(_random.Next(30) == 0 ? "\uFEFF" : "");
        for (var lines = _random.Next(1, 8); lines > 0; lines--)
        {
            text.Append(Pick("", "", "", "", " ", "\t"));
            text.Append(
                _random.Next(20) switch
                {
                    0 => $"[attr]{Pick("m1", "m2", "m3", "binary", "text", "-", "b!d")} {AttributeList()}",
                    1 => $"# {AttributeList()}",
                    2 => "",

                    // What is for all at the root is for all cases.
                    _ when atRoot => $"[attr]{Pick("m1", "m2", "m3")} {AttributeList()}",
                    3 or 4 => $"* {AttributeList()}",
                    5 or 6 or 7 => "* "
                        + Pick(
                            "text=auto eol=crlf",
                            "text=auto eol=crlf",
                            "text eol=crlf",
                            "ident",
                            "ident text=auto",
                            "ident eol=crlf",
                            "crlf=auto eol=crlf"
                        ),
                    8 => new string(Pick("x", " ")[0], 2040) + $" {AttributeList()}",
                    _ => $"{Pattern()}{Pick(" ", " ", "\t", "  ", " \r ")}{AttributeList()}",
                }
            );
            text.Append(Pick("", "", "", " ", "\t"))
                .Append(lines == 1 ? Pick("\n", "") : Pick("\n", "\n", "\n", "\r\n", "\n\n", _random.Next(30) == 0 ? "\0" : "\n"));
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private string AttributeList()
    {
        var list = new StringBuilder();
        for (var count = _random.Next(0, 4); count >= 0; count--)
        {
            list.Append(Pick(_random.Next(60) == 0 ? NoAttributes : Attributes)).Append(Pick(" ", " ", "\t", "  "));
        }

        return list.ToString();
    }

    private string Pattern()
    {
        var pattern = new StringBuilder(Pick("", "", "", "", "", "", "/", "/", _random.Next(2) == 0 ? "!" : ""));
        if (_random.Next(5) == 0)
        {
            // One that is there.
            pattern.Append(Pick("", "a/", "**/", "b.txt/", "*/", "d/**/")).Append(Pick(Names));
        }
        else
        {
            for (var pieces = _random.Next(1, 6); pieces > 0; pieces--)
            {
                pattern.Append(Pick(PatternPieces));
            }
        }

        pattern.Append(_random.Next(30) == 0 ? "/" : "");
        return _random.Next(8) == 0 ? Quoted(pattern.ToString()) : pattern.ToString();
    }

    private string Quoted(string pattern) =>
        '"'
        + string.Concat(
            pattern.Select(letter =>
                letter switch
                {
                    '\\' or '"' => _random.Next(10) == 0 ? letter.ToString() : $"\\{letter}",
                    'a' when _random.Next(3) == 0 => "\\141",
                    '\t' => "\\t",
                    'b' when _random.Next(20) == 0 => Pick("\\b", "\\9", "\\14", "\\400", "\\000", "\\"),
                    _ => letter.ToString(),
                }
            )
        )
        + Pick("\"", "\"", "\"", "\"", "\"", "\" ", "");

    private byte[] Content()
    {
        if (_random.Next(12) == 0)
        {
            return [];
        }

        var content = new List<byte>();

        // Most are of few kinds of pieces: a file with all of them is a binary one.
        var pieces = Enumerable.Range(0, _random.Next(1, 5)).Select(_ => Pick(ContentPieces)).Append("\n").ToArray();
        for (var count = _random.Next(1, 20); count > 0; count--)
        {
            content.AddRange(Encoding.UTF8.GetBytes(Pick(pieces)));
        }

        for (var padding = _random.Next(4) == 0 ? _random.Next(100, 300) : 0; padding > 0; padding--)
        {
            content.Add((byte)'y');
        }

        if (_random.Next(12) == 0)
        {
            content.Add(0x1A);
        }

        if (_random.Next(25) == 0)
        {
            content.Insert(_random.Next(content.Count), (byte)_random.Next(256));
        }

        return [.. content];
    }

    private string Pick(params ReadOnlySpan<string> some) => some[_random.Next(some.Length)];

    private void Put(MemoryStream stream, string path, byte[] content, string? mode = null)
    {
        // A link leads somewhere, and not too far; what is behind a NUL git takes for a change.
        mode =
            mode is not null && content.Length is > 0 and < 1000 && !content.Contains((byte)0) ? mode
            : _random.Next(10) == 0 ? "100755"
            : "100644";
        Write(stream, string.Create(CultureInfo.InvariantCulture, $"M {mode} inline {path}\ndata {content.Length}\n"));
        stream.Write(content);
        Write(stream, "\n");
    }

    private static void Write(MemoryStream stream, string text) => stream.Write(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5394
}

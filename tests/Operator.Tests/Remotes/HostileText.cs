using CsCheck;

namespace CodeRepoOperator.Remotes;

/// <summary>Makes what an attacker would write as <c>git_url</c> or <c>branch</c>.</summary>
internal static class HostileText
{
    /// <summary>What stands for a password in what is made.</summary>
    public const string Secret = "s3cr3t-marked";

    private static readonly Gen<string> Scheme = Gen.OneOf(
        "https://",
        "http://",
        "ssh://",
        "HTTPS://",
        "Http://",
        "https:/",
        "https:",
        "//",
        "",
        "file://",
        "git://",
        "ext::",
        "javascript:",
        "-https://"
    );

    private static readonly Gen<string> User = Gen.OneOf(
        "",
        "",
        "",
        "",
        "git@",
        "git:@",
        "@",
        $"{Secret}@",
        $"git:{Secret}@",
        $"{Secret}%40",
        $"good@{Secret}@",
        "-oProxyCommand=x@",
        "git\\@",
        "good%40"
    );

    private static readonly Gen<string> Host = Gen.OneOf(
        "host",
        "git.example.com",
        "GIT.Example.COM",
        "git.example.com.",
        "git..example.com",
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "0177.0.0.1",
        "2130706433",
        "127.0.0.1.",
        "１２７.０.０.１",
        "127。0。0。1",
        "[::1]",
        "[::]",
        "[2001:DB8::1]",
        "[::ffff:127.0.0.1]",
        "[fe80::1%25eth0]",
        "[fe80::1%eth0]",
        "[::1",
        "bücher.example",
        "xn--bcher-kva.example",
        "xn--",
        "gіthub.com",
        "host%00",
        "ho%73t",
        "-host",
        "-oProxyCommand",
        "_host",
        "",
        "ho st",
        "host\u202e",
        "host\ud800",
        new string('a', 64) + ".example",
        string.Join('.', Enumerable.Repeat("abcdefgh", 40))
    );

    private static readonly Gen<string> Port = Gen.OneOf(
        "",
        "",
        "",
        "",
        ":443",
        ":80",
        ":8080",
        ":0",
        ":",
        ":65535",
        ":65536",
        ":-1",
        ":99999999999",
        ":x",
        ":0443"
    );

    private static readonly Gen<string> Part = Gen.OneOf(
        "/",
        "/",
        "/",
        ":",
        "team",
        "hello.git",
        ".",
        "..",
        "...",
        "~",
        "%2e",
        "%2e%2e",
        "%252e%252e",
        "%25252e%25252e",
        "%2f",
        "%2F..%2F",
        "%5c",
        "%255c",
        "\\",
        "%00",
        "%0a",
        "%250a",
        "%zz",
        "%",
        "%e2%80%ae",
        "?",
        "#",
        "@",
        $"{Secret}@host",
        "-",
        "--upload-pack=x",
        "$(x)",
        "`x`",
        "'",
        "\"",
        ";",
        "&",
        "|",
        " ",
        "\t",
        "\n",
        "\r",
        "\0",
        "\u007f",
        "\u0085",
        "\u200b",
        "\u202e",
        "\u2028",
        "\ud83d\ude00",
        "\ud800",
        "\udc00",
        "\udb40\udc41",
        "é",
        "e\u0301",
        "名前",
        "{",
        "}",
        "<",
        ">",
        "^",
        "*",
        "[",
        "]",
        "@{",
        ".lock",
        "HEAD",
        "refs/heads/"
    );

    private static readonly Gen<string> Anything = Gen.OneOf<string>(
        Part,
        Part,
        Part,
        Gen.Char.Array[0, 5].Select(letters => new string(letters)),
        Gen.Char['\0', '\u00ff'].Array[0, 5].Select(letters => new string(letters))
    );

    private static readonly Gen<string> Parts = Anything.Array[0, 6].Select(string.Concat);

    private static readonly Gen<string> Plain = Gen.Select(
        Gen.OneOf("https://", "http://", "ssh://git@", "HTTPS://"),
        Gen.OneOf("host", "GIT.Example.COM", "git.example.com.", "127.1", "[2001:DB8::1]", "bücher.example", "gіthub.com"),
        Gen.OneOf("", "", ":443", ":8080"),
        (scheme, host, port) => $"{scheme}{host}{port}"
    );

    private static readonly Gen<string> Length = Gen.Frequency<string>(
        (9, Gen.Const("")),
        (1, Gen.Int[1, 5000].Select(length => new string('a', length)))
    );

    /// <summary>Nearly a URL, nearly an scp-like address, or neither.</summary>
    public static readonly Gen<string> Url = Gen.Frequency<string>(
        (6, Gen.Select(Plain, Anything, Anything, Length, (start, one, other, more) => $"{start}/{one}{other}{more}")),
        (
            6,
            Gen.Select(Scheme, User, Host, Port, Parts, Length, (scheme, user, host, port, path, more) =>
                $"{scheme}{user}{host}{port}/{path}{more}"
            )
        ),
        (2, Gen.Select(User, Host, Parts, Length, (user, host, path, more) => $"{user}{host}:{path}{more}")),
        (1, Gen.Select(Scheme, User, Parts, Parts, (scheme, user, one, other) => scheme + user + one + other)),
        (1, Parts)
    );

    /// <summary>Nearly a branch's name, or anything.</summary>
    public static readonly Gen<string> Branch = Gen.Frequency<string>(
        (
            3,
            Gen.Select(Gen.OneOf("", "main", "feature/a", "é", "a.b", "a@b"), Part, Gen.OneOf("", "x", "/x", ".x"), (before, odd, after) =>
                before + odd + after
            )
        ),
        (2, Parts),
        (1, Gen.Select(Parts, Length, string.Concat))
    );
}

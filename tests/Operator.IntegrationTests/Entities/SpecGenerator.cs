using System.Text.Json.Nodes;

namespace CodeRepoOperator.Entities;

/// <summary>Makes specs of the right types whose values lie about where an API server and the operator could differ.</summary>
/// <param name="seed">The same seed gives the same specs.</param>
internal sealed class SpecGenerator(int seed)
{
    // What URLs are taken has a table of its own: these are agreed upon.
    private static readonly string[] Urls =
    [
        "https://git.example.com/team/hello.git",
        "http://127.0.0.1:8080/x",
        "https://[2001:db8::1]:8443/team/hello",
        "ssh://git@git.example.com:2222/team/hello.git",
        "ssh://git.example.com/x",
        "git@git.example.com:team/hello.git",
        "https://host/a%20b",
        "file:///etc",
        "https://host/a b",
        "ssh://git:word@host/x",
        "",
    ];

    private static readonly string[] BranchParts =
    [
        "a",
        "main",
        "release",
        "v1.0",
        "ö",
        "\U0001F600",
        "-",
        "--",
        ".",
        "..",
        "/",
        "//",
        "@",
        "@{",
        "{",
        "HEAD",
        "refs/",
        "refs",
        "heads/",
        ".lock",
        ".locks",
        "lock",
        " ",
        "~",
        "^",
        ":",
        "?",
        "*",
        "[",
        "]",
        "\\",
        "\u007f",
        "\u0001",
        "\u0085",
        "\u00a0",
        "\u00ad",
        "\u200b",
        "\u202e",
        "\u2028",
        "\u2029",
        "\u3000",
        "\ufeff",
        "\ufffd",
        "#",
        "%",
        "'",
        "\"",
        "$",
        "!",
        ",",
        "_",
        "+",
    ];

    private static readonly string[] Numbers =
    [
        "0",
        "1",
        "5",
        "23",
        "24",
        "59",
        "60",
        "1440",
        "86400",
        "0.5",
        "0.000001",
        "0.000000001",
        "24.000000001",
        "999999999",
        "2562047",
        "00",
        "-1",
        "1e3",
        ".5",
        "5.",
    ];

    private static readonly string[] Units = ["h", "m", "s", "ms", "us", "ns", "d", "", "H", " h"];

    private static readonly string[] SecretParts = ["a", "z9", "git-credentials", ".", "-", "_", "A", "/", "..", " ", "ö"];

    private static readonly string[] FolderParts =
    [
        "a",
        "src",
        "docs",
        "/",
        "/",
        ".",
        "..",
        ".git",
        ".GIT",
        "!",
        " ",
        "ö",
        "*",
        "\t",
        ".github",
    ];

    private readonly Random _random = new(seed);

    /// <summary>The next spec, in JSON.</summary>
    public string Next()
    {
        var spec = new JsonObject { ["git_url"] = OneIn(12) ? Pick(Urls) : Urls[_random.Next(7)] };
        if (OneIn(2))
        {
            spec["branch"] = RefName();
        }

        if (OneIn(4))
        {
            spec["ref"] = Ref();
        }

        if (OneIn(5))
        {
            spec["submodules"] = new JsonObject { ["depth"] = Pick([1, 4, 16, 0, 17]), ["max"] = Pick([1, 200, 500, 0, 501]) };
        }

        if (OneIn(10))
        {
            spec["lfs"] = new JsonObject { ["maxBytes"] = Pick(["5Gi", "1", "1.5G", "0", "5GB", "-1", "01"]) };
        }

        if (OneIn(10))
        {
            spec["sparse"] = new JsonArray([.. Folders().Distinct(StringComparer.Ordinal).Select(path => JsonValue.Create(path))]);
        }

        foreach (var field in new[] { "interval", "timeout" }.Where(_ => OneIn(3)))
        {
            spec[field] = Duration();
        }

        if (OneIn(4))
        {
            spec["depth"] = Pick([0, 1, -1, int.MaxValue, int.MinValue]);
        }

        if (OneIn(4))
        {
            spec["auth"] = new JsonObject { ["secret"] = OneIn(8) ? new string('s', _random.Next(250, 256)) : Several(SecretParts, 3) };
        }

        if (OneIn(5))
        {
            spec["indexing"] = new JsonObject { ["threshold"] = Duration() };
        }

        return spec.ToJsonString();
    }

    /// <summary>Without a range of versions, whose syntax the operator alone checks.</summary>
    private JsonObject Ref()
    {
        var asked = new JsonObject();
        foreach (var field in new[] { "tag", "commit", "name" }.Where(_ => OneIn(2)))
        {
            asked[field] = field switch
            {
                "commit" => string.Concat(Enumerable.Repeat(Pick(["0a1b", "0A1b", "xyz0"]), _random.Next(9, 12))),
                "tag" => RefName(),
                _ => (OneIn(4) ? "" : "refs/") + RefName(),
            };
        }

        return asked;
    }

    private IEnumerable<string> Folders() =>
        OneIn(8)
            ? Enumerable.Range(0, Pick([0, 1, 100, 101])).Select(i => $"folder-{i}")
            : Enumerable.Range(0, _random.Next(1, 4)).Select(_ => OneIn(12) ? new string('ö', _random.Next(250, 260)) : Folder());

    private string Folder() =>
        OneIn(3) ? Several(FolderParts, 6)
        : OneIn(3) ? Several(BranchParts, 6)
        : Pick(["src", "docs/api", "a/.b"]);

    private string RefName() =>
        OneIn(12)
            ? string.Concat(Enumerable.Repeat(Pick(["a", "ö", "\u4e2d", "\U0001F600"]), _random.Next(55, 250)))
            : Several(BranchParts, 6);

    private string Duration() => OneIn(10) ? "0" : string.Concat(Enumerable.Range(0, _random.Next(1, 3)).Select(_ => DurationPart()));

    private string DurationPart() =>
        (OneIn(4) ? Pick(Numbers) : Numbers[_random.Next(10)]) + (OneIn(6) ? Pick(Units) : Units[_random.Next(4)]);

    private string Several(string[] parts, int most) => string.Concat(Enumerable.Range(0, _random.Next(1, most)).Select(_ => Pick(parts)));

    private bool OneIn(int times) => _random.Next(times) == 0;

    private T Pick<T>(T[] values) => values[_random.Next(values.Length)];
}

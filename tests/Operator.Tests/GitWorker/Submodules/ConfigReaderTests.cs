using System.Text;

namespace CodeRepoOperator.GitWorker.Submodules;

/// <summary>Beside what git makes of the same files.</summary>
public sealed class ConfigReaderTests
{
    private const int Files = 150;

    private static readonly string[] Pieces =
    [
        "[submodule \"a\"]",
        "[submodule \"a b\\\"c\"]",
        "[submodule.Old]",
        "[core]",
        "[submodule \"",
        "\"]",
        "]",
        "path",
        "URL",
        "-key",
        " = ",
        "=",
        "\n",
        "\n",
        "\n\t",
        "\r\n",
        "\r",
        "value",
        "\"in quotes # \"",
        "\"",
        "\\\"",
        "\\\\",
        "\\n",
        "\\\n",
        "\\x",
        "#",
        ";",
        "a",
        "_",
        "ö",
        ".",
        "/",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_is_read_as_by_git_and_refused_where_git_refuses_it()
    {
        using var directory = new TemporaryDirectory();
        var random = new Random(11);
        var texts = Enumerable.Range(0, Files).Select(_ => Text(random)).ToList();
        for (var i = 0; i < Files; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(directory.Path, $"{i}"), texts[i], Token);
        }

        // White space inside of a value became one space for each until git 2.45, and stays as it is since.
        var outcome = await ProcessRunner.RunAsync(
            "bash",
            [
                "-c",
                "cd \"$DIRECTORY\"; for i in $(seq 0 149); do git config --no-includes -f $i --list -z 2>/dev/null || printf refused; "
                    + "printf '\\1'; done",
            ],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["DIRECTORY"] = directory.Path },
            "",
            Token
        );
        var read = outcome.OutputOrThrow().Split('\u0001');

        var refused = 0;
        for (var i = 0; i < Files; i++)
        {
            var byGit = read[i].EndsWith("refused", StringComparison.Ordinal) ? "refused" : read[i];
            refused += byGit == "refused" ? 1 : 0;
            Assert.True(Spaced(byGit) == Spaced(Ours(texts[i])), $"{texts[i]}\n--- git: {byGit}\n--- we: {Ours(texts[i])}");
        }

        Assert.InRange(refused, Files / 10, Files * 9 / 10);
    }

    private static string Text(Random random) =>
        random.Next(4) == 0
            ? string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => Pieces[random.Next(Pieces.Length)]))
            : string.Concat(
                Enumerable
                    .Range(0, random.Next(1, 5))
                    .Select(_ =>
                        $"{Pieces[random.Next(4)]}\n\t{Pieces[7 + random.Next(2)]} = "
                        + string.Concat(Enumerable.Range(0, random.Next(0, 5)).Select(_ => Pieces[17 + random.Next(Pieces.Length - 17)]))
                        + "\n"
                    )
            );

    private static string Ours(string text)
    {
        var listed = new StringBuilder();
        try
        {
            var reader = new ConfigReader(Encoding.UTF8.GetBytes(text));
            while (reader.Next() is { } entry)
            {
                var section = entry.Subsection is { } subsection ? $"{entry.Section}.{subsection}" : entry.Section;
                listed.Append(section).Append('.').Append(entry.Key).Append(entry.Value is null ? "" : "\n" + entry.Value).Append('\0');
            }
        }
        catch (InvalidDataException)
        {
            return "refused";
        }

        return listed.ToString();
    }

    private static string Spaced(string text) => text.Replace('\r', ' ').Replace('\t', ' ');
}

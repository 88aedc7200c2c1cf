using System.Globalization;
using System.Text;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Remotes;

/// <summary>What a <c>.gitattributes</c> asks for is found out within seconds, or the clone says what is wrong with it.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class AttributeWorkTests
{
    private const string Content = "one\ntwo\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// The lines, how many files there are, how long their names are, and whether they are about them. git 2.39 would take for ever.
    /// </summary>
    public static TheoryData<string, string, int, int, bool> Patterns =>
        new()
        {
            { "one with many asterisks", Repeat("*a", 40) + "b eol=crlf\n", 1, 200, false },
            { "one with many asterisks that matches", Repeat("*a", 40) + "* eol=crlf\n", 1, 200, true },
            { "asterisks that take slashes", "**/" + Repeat("*a", 40) + "[b] eol=crlf\n", 1, 200, false },
            { "thousands for each of many files", Repeat("*a*a*a*ab eol=crlf\n", 4000), 3000, 60, false },
            {
                "tens of thousands of names",
                string.Concat(Enumerable.Range(0, 50_000).Select(i => $"{i} eol=crlf\n*.{i} eol=crlf\n")),
                3000,
                60,
                false
            },
        };

    [Theory]
    [MemberData(nameof(Patterns))]
    public async Task Patterns_are_followed_however_many_asterisks_they_have(
        string what,
        string lines,
        int files,
        int length,
        bool converts
    )
    {
        await using var fixture = await RemoteFixture.StartAsync();
        await CommitAsync(fixture, lines, files, length);

        var clone = fixture.NewDirectory();
        var made = await fixture.CloneAsync(clone);

        Assert.True(made.Succeeded, made.Failure?.Message);
        Assert.True(
            (converts ? Content.ReplaceLineEndings("\r\n") : Content)
                == await File.ReadAllTextAsync(Path.Combine(clone, NameOf(0, length)), Token),
            what
        );
    }

    [Fact]
    public async Task Patterns_that_take_too_much_work_all_in_all_end_in_a_failure_that_names_them()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        await CommitAsync(fixture, Repeat("*a?b*c*1* eol=crlf\n", 6000), files: 6000, length: 60);

        var made = await fixture.CloneAsync(fixture.NewDirectory());

        Assert.Equal(Reasons.Unsupported, made.Failure?.Reason);
        Assert.Contains(".gitattributes", made.Failure!.Message, StringComparison.Ordinal);
    }

    private static string Repeat(string piece, int times) => string.Concat(Enumerable.Repeat(piece, times));

    private static string NameOf(int file, int length) => string.Create(CultureInfo.InvariantCulture, $"{new string('a', length)}{file}");

    private static async Task CommitAsync(RemoteFixture fixture, string lines, int files, int length)
    {
        var stream = new StringBuilder("commit refs/heads/main\ncommitter Test <test@example.com> 0 +0000\ndata 1\nx\n");
        foreach (
            var (name, content) in Enumerable.Range(0, files).Select(i => (NameOf(i, length), Content)).Prepend((".gitattributes", lines))
        )
        {
            stream.Append(CultureInfo.InvariantCulture, $"M 100644 inline {name}\ndata {content.Length}\n{content}\n");
        }

        await FastImport.RunAsync(await fixture.ProjectAsync(), Encoding.ASCII.GetBytes(stream.ToString()), Token);
    }
}

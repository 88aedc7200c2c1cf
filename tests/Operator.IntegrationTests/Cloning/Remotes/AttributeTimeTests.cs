using CodeRepoOperator.Entities;
using CodeRepoOperator.Machinery;

namespace CodeRepoOperator.Cloning.Remotes;

/// <summary>What a <c>.gitattributes</c> asks for is found out within seconds, or the clone says what is wrong with it.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class AttributeTimeTests
{
    /// <summary>The lines, how many files there are, and how long their names are.</summary>
    public static TheoryData<string, string, int, int> Endless => new()
    {
        { "one pattern with many asterisks", Stars("*a") + "b eol=crlf\n", 1, 200 },
        { "asterisks that take slashes", "**/" + Stars("*a") + "b eol=crlf\n", 1, 200 },
        { "a bit too long for each of many files", string.Concat(Enumerable.Repeat("*a*a*a*ab eol=crlf\n", 4000)), 3000, 60 },
    };

    [Theory]
    [MemberData(nameof(Endless))]
    public async Task Patterns_that_take_too_long_end_in_a_failure_that_names_them(string what, string lines, int files, int length)
    {
        await using var bench = await RemoteBench.StartAsync();
        await PushAsync(bench, lines, files, length);
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        soon.CancelAfter(TimeSpan.FromSeconds(60));

        var made = await bench.CloneAsync(bench.NewFolder(), token: soon.Token);

        Assert.Equal((what, Reasons.Unsupported), (what, made.Failure?.Reason));
        Assert.Contains(".gitattributes", made.Failure!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*a*a*a*a*a* eol=crlf\n", 50, 200)]
    [InlineData("*.bat eol=crlf\nsrc/**/*.[ch] -text\n*_*_*_*.txt text\n", 2000, 60)]
    public async Task Patterns_that_do_not_are_followed(string lines, int files, int length)
    {
        await using var bench = await RemoteBench.StartAsync();
        var commit = await PushAsync(bench, lines, files, length);

        var clone = bench.NewFolder();
        var made = await bench.CloneAsync(clone);

        Assert.True(made.Succeeded, made.Failure?.Message);
        await ClonedTree.SoundAsync(clone, commit);
    }

    private static string Stars(string piece) => string.Concat(Enumerable.Repeat(piece, 40));

    /// <summary>Not by <c>git add</c>, which looks attributes up as well, and for as long.</summary>
    private static async Task<string> PushAsync(RemoteBench bench, string lines, int files, int length)
    {
        var project = await bench.ProjectAsync();
        var attributes = await BlobAsync(project, lines);
        var blob = await BlobAsync(project, "one\ntwo\n");
        var added = Enumerable.Range(0, files).SelectMany(i => new[] { "--cacheinfo", $"100644,{blob},{new string('a', length)}{i}" });
        await project.GitAsync(["update-index", "--add", "--cacheinfo", $"100644,{attributes},.gitattributes", .. added]);
        var commit = await project.GitAsync("commit-tree", "-m", "attributes", await project.GitAsync("write-tree"));
        await project.GitAsync("push", "-q", "--force", "origin", $"{commit}:refs/heads/main");
        return commit;
    }

    private static async Task<string> BlobAsync(GitProject project, string content)
    {
        var file = project.Path("content");
        await File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);
        return await project.GitAsync("hash-object", "-w", "--no-filters", file);
    }
}

using System.Globalization;

namespace CodeRepoOperator.Remotes;

/// <summary>
/// Whatever .gitattributes files say of whatever files, the working tree is that of <c>git clone</c>, byte by byte. Each directory at
/// the root is a case. A failure names the seed; <c>FUZZ_SEED=7 make fuzz</c> begins there.
/// </summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
[Trait("Category", "Slow")]
public sealed class AttributeFuzzTests
{
    private const int Cases = 1000;
    private const int Shown = 5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public Task Files_are_those_of_git_clone(int seed) => CheckAsync(seed);

    [Fact]
    [Trait("Category", "Fuzz")]
    public async Task Files_are_those_of_git_clone_for_any_seed()
    {
        var first = Setting("FUZZ_SEED", 1);
        for (var seed = first; seed < first + Setting("FUZZ_ROUNDS", 1); seed++)
        {
            await CheckAsync(seed);
        }
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static async Task CheckAsync(int seed)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        await FastImport.RunAsync(await fixture.ProjectAsync(), new RandomAttributes(seed).FastImport(Cases), Token);
        var (git, ours) = (fixture.NewDirectory(), fixture.NewDirectory());
        await GitCommand.RunAsync("/", "clone", "-q", fixture.Server.UrlOf("project.git"), git);

        var made = await fixture.CloneAsync(ours);

        Assert.True(made.Succeeded, $"seed {seed}: {made.Failure?.Message}");
        var (expected, actual) = (ClonedTree.Listing(git), ClonedTree.Listing(ours));
        var differences = expected.Except(actual, StringComparer.Ordinal).Concat(actual.Except(expected, StringComparer.Ordinal)).ToList();
        var first = differences.Order(StringComparer.Ordinal).Take(2 * Shown);
        Assert.True(
            differences.Count == 0,
            $"seed {seed}: {differences.Count / 2} files differ (path, mode, git's bytes, or ours):\n{string.Join('\n', first)}"
        );

        // git looks into a file only when its time has changed; not all of these come back to what was committed.
        await TouchAsync(git);
        await TouchAsync(ours);
        Assert.Equal(await GitCommand.RunAsync(git, "status", "--porcelain"), await GitCommand.RunAsync(ours, "status", "--porcelain"));
    }

    private static async Task TouchAsync(string clone)
    {
        string[] touch = ["-name", ".git", "-prune", "-o", "-type", "f", "-exec", "touch", "-d", "@1", "{}", "+"];
        (
            await ProcessRunner.RunAsync("find", [clone, .. touch], new Dictionary<string, string>(StringComparer.Ordinal), "", Token)
        ).OutputOrThrow();
    }
}

using System.Globalization;

namespace CodeRepoOperator.Remotes;

/// <summary>
/// Clones and updates from each of the servers in tests/interop, beside git itself: where git clones, we do. <c>make interop</c> runs them
/// all and prints the table of docs/compatibility.md; some of them are part of <c>make test</c>.
/// </summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class InteropTests
{
    private static readonly int[] AllDepths = [1, 10, 0];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, int> Servers =>
        [
            .. InteropScript.All.SelectMany(script =>
                script.Versions.Select(version => new TheoryDataRow<string, int>(script.Name, version))
            ),
        ];

    [Theory]
    [MemberData(nameof(Servers))]
    [Trait("Category", "Interop")]
    public Task Where_git_clones_we_do(string server, int version) => CompareAsync(new InteropScript(server), version, AllDepths);

    [Theory]
    [InlineData("http-apache", 2)]
    [InlineData("http-dulwich", 0)]
    [InlineData("ssh-dropbear", 0)]
    public Task From_some_in_each_run(string server, int version) => CompareAsync(new InteropScript(server), version, [1]);

    private static async Task CompareAsync(InteropScript script, int version, IEnumerable<int> depths)
    {
        await using var server = await InteropServer.StartAsync(script, version, Token);
        var cells = new List<string>();
        var problems = new List<string>();
        if (script.FirstRefusal is { } reason)
        {
            var refused = (await server.PollAsync(Token)).Failure;
            Assert.Equal(reason, refused?.Reason);
            Assert.NotNull(refused!.RetryAfter);
        }

        foreach (var depth in depths)
        {
            if (!script.Depths.Contains(depth))
            {
                cells.AddRange(["–", "–"]);
                continue;
            }

            var theirs = await server.GitCloneAsync(depth, Token);
            var (clone, failure) = await server.CloneAsync(depth, older: null, Token);
            Note("clone", theirs, failure);
            if (failure is null)
            {
                await server.PushAsync();
                (_, failure) = await server.CloneAsync(depth, clone, Token);
                Note("update", theirs, failure);
            }

            void Note(string what, string? theirs, string? ours)
            {
                cells.Add(ours is null ? "yes" : "**no**");
                if ((theirs is null ? ours : $"git itself: {theirs}") is { } problem)
                {
                    problems.Add(string.Create(CultureInfo.InvariantCulture, $"{what} at depth {depth}: {problem}"));
                }
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"| {script.Title} | {(script.IsSsh ? "SSH" : "HTTP")} v{version} | {string.Join(" | ", cells)} |"
            )
        );
        Assert.Empty(problems);
    }
}

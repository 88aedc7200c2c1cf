using CodeRepoOperator.Remotes.Hosts;

namespace CodeRepoOperator.Remotes;

/// <summary>
/// Holds clones of repositories that people have to those of <c>git clone</c>, byte by byte: fresh ones, and after each of some updates
/// along their history and back. <c>make real</c> names the repositories.
/// </summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
[Trait("Category", "Real")]
public sealed class RealRepositoryTests
{
    /// <summary>Holds URLs and paths of local repositories, separated by blanks.</summary>
    private const string Variable = "REAL_REPOSITORIES";

    /// <summary>As many updates, over as many commits of the first parents at most.</summary>
    private const int Updates = 5;
    private const int LongestHistory = 500;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Clones_and_updates_are_as_those_of_git()
    {
        var repositories = (Environment.GetEnvironmentVariable(Variable) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(repositories);
        foreach (var repository in repositories)
        {
            await CompareAsync(repository);
            TestContext.Current.TestOutputHelper!.WriteLine($"{repository}: as git has it");
        }
    }

    private static async Task CompareAsync(string repository)
    {
        await using var fixture = await RemoteFixture.StartAsync(
            options: new GitOptions { PermittedNetworks = ["127.0.0.0/8"], MaxCloneBytes = long.MaxValue }
        );
        var served = Path.Combine(fixture.Root, "project.git");
        await GitCommand.RunAsync("/", "clone", "-q", "--mirror", repository, served);
        var branch = (await fixture.PollAsync()).Value?.Branch;
        Assert.True(branch is not null, $"{repository}: its HEAD names no branch");
        var newest = await GitCommand.RunAsync(served, "rev-parse", $"refs/heads/{branch}");
        string[] history = (await GitCommand.RunAsync(served, "rev-list", "--first-parent", $"--max-count={LongestHistory}", newest)).Split(
            '\n'
        );

        // From the oldest on, and in the end back to it, as a forced push would.
        var steps = Enumerable.Range(0, Updates + 1).Select(step => history[(history.Length - 1) * (Updates - step) / Updates]);
        foreach (var depth in new[] { 1, 0 })
        {
            string? clone = null;
            foreach (var commit in steps.Append(history[^1]).Append(newest))
            {
                await GitCommand.RunAsync(served, "update-ref", $"refs/heads/{branch}", commit);
                var next = fixture.NewDirectory();
                Assert.Null((await fixture.CloneAsync(next, branch, depth, clone)).Failure);
                await CompareAsync(fixture, branch, depth, next);
                if (clone is not null)
                {
                    Directory.Delete(clone, recursive: true);
                }

                clone = next;
            }

            var fresh = fixture.NewDirectory();
            Assert.Null((await fixture.CloneAsync(fresh, branch, depth)).Failure);
            await CompareAsync(fixture, branch, depth, fresh);
        }
    }

    private static async Task CompareAsync(RemoteFixture fixture, string branch, int depth, string clone)
    {
        var reference = fixture.NewDirectory();
        string[] shallow = depth == 0 ? [] : ["--depth", $"{depth}"];
        await GitCommand.RunAsync(
            "/",
            ["clone", "-q", "--single-branch", "--no-tags", "--branch", branch, .. shallow, fixture.Server.UrlOf("project.git"), reference]
        );
        Token.ThrowIfCancellationRequested();

        var (theirs, ours) = (ClonedTree.Listing(reference), ClonedTree.Listing(clone));
        Assert.True(
            theirs.SequenceEqual(ours),
            $"git and we differ in {string.Join(", ", theirs.Except(ours).Concat(ours.Except(theirs)).Take(20))}"
        );
        foreach (var question in Questions)
        {
            Assert.Equal(await GitCommand.RunAsync(reference, question), await GitCommand.RunAsync(clone, question));
        }

        await GitCommand.RunAsync(clone, "fsck", "--no-dangling");
        Directory.Delete(reference, recursive: true);
    }

    /// <summary>What git says of a clone; the index is as the commit and the files are, or this differs.</summary>
    private static readonly string[][] Questions =
    [
        ["status", "--porcelain", "--branch"],
        ["ls-files", "--stage"],
        ["rev-list", "--parents", "HEAD"],
        ["config", "--get-regexp", "^branch\\."],
    ];
}

using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Worker;
using GitServer;

namespace CodeRepoOperator.Remotes;

/// <summary>The worker goes on from what the operator has found at a remote a moment ago.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class ContinuedVisitTests
{
    /// <summary>A pack comes in pieces, as the server reads them from a pipe, with 5 bytes before each: not always as many.</summary>
    private const long Framing = 50;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("branch")]
    [InlineData("HEAD")]
    [InlineData("tag")]
    [InlineData("commit")]
    public async Task What_was_found_is_fetched_in_one_request(string kind)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        var commit = await project.CommitAsync("a.txt", "one");
        await project.GitAsync("tag", "--annotate", "--message", "first", "v1");
        await project.GitAsync("push", "--quiet", "origin", "v1");
        var head = await FindAsync(
            fixture,
            kind switch
            {
                "branch" => new Revision.Branch(BranchName.Parse("main").Value!),
                "tag" => new Revision.Named("refs/tags/v1"),
                "commit" => new Revision.Commit(commit),
                _ => new Revision.Head(),
            }
        );
        fixture.Server.ResetCounters();

        var directory = fixture.NewDirectory();
        var tree = await CloneAsync(fixture, head, directory);

        Assert.Equal(commit, tree.Commit);
        Assert.Equal(kind is "branch" or "HEAD" ? "main" : null, tree.Branch);
        Assert.Equal(1, fixture.Server.Requests);
        Assert.Equal(commit, (await GitCommand.RunAsync(directory, "rev-parse", "HEAD")));
    }

    [Fact]
    public async Task What_is_gone_by_then_is_looked_for_again()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await project.CommitAsync("a.txt", "one");
        var head = await FindAsync(fixture, new Revision.Branch(BranchName.Parse("main").Value!));
        await project.GitAsync("commit", "--quiet", "--amend", "--message", "another");
        await project.GitAsync("push", "--quiet", "--force", "origin", "main");
        await GitCommand.RunAsync(project.Bare, "reflog", "expire", "--expire=now", "--all");
        await GitCommand.RunAsync(project.Bare, "gc", "--quiet", "--prune=now");

        var tree = await CloneAsync(fixture, head, fixture.NewDirectory());

        Assert.NotEqual(head.Commit, tree.Commit);
        Assert.Equal((await GitCommand.RunAsync(project.Bare, "rev-parse", "main")), tree.Commit);
    }

    [Fact]
    public async Task A_transfer_that_breaks_is_not_begun_again_at_once()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await project.CommitAsync("large.txt", TestNoise.Of(500_000));
        var head = await FindAsync(fixture, new Revision.Head());
        fixture.Server.ResetCounters();
        fixture.Server.Fault = request =>
            GitHttpServer.StageOf(request) == RequestStage.Fetch ? new RequestFault { CutAfter = 200_000 } : null;

        var order = new CloneOrder(fixture.Url(), head, 1, fixture.NewDirectory());
        Assert.False((await fixture.Remote.CloneAsync(order, Token)).Succeeded);

        Assert.Equal(1, fixture.Server.Requests);
    }

    [Fact]
    public async Task Behind_a_redirect_a_remote_is_found_again()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        fixture.Server.Fault = request =>
            request.Path.StartsWithSegments("/moved.git", StringComparison.Ordinal)
                ? new RequestFault { RedirectTo = new Uri(fixture.Server.Address, "/project.git/info/refs?service=git-upload-pack") }
                : null;

        var head = await fixture.Remote.PollAsync(fixture.Url("moved.git"), new Revision.Head(), credentials: null, Token);

        Assert.True(head.Succeeded);
        Assert.Null(head.Value.Capabilities);
        var order = new CloneOrder(fixture.Url("moved.git"), head.Value, 1, fixture.NewDirectory());
        Assert.True((await fixture.Remote.CloneAsync(order, Token)).Succeeded);
    }

    /// <summary>The bytes of a second branch beside a clone of the first: its poll and clone, and git's fetch into such a clone.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task A_second_branch_takes_no_more_than_git_fetches(int length)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await project.CommitAsync("large.txt", TestNoise.Of(500_000));
        await project.CommitAsync("more.txt", TestNoise.Of(500_000 + length)[500_000..], "topic");
        var (first, gits) = (fixture.NewDirectory(), fixture.NewDirectory());
        Assert.True((await fixture.CloneAsync(first)).Succeeded);
        await GitCommand.RunAsync("/", "clone", "--quiet", "--depth", "1", "--branch", "main", fixture.Url().ToString(), gits);

        fixture.Server.ResetCounters();
        await GitCommand.RunAsync(gits, "fetch", "--quiet", "--depth", "1", "origin", "topic");
        var wanted = fixture.Server.BytesSent;
        fixture.Server.ResetCounters();
        var head = await FindAsync(fixture, new Revision.Branch(BranchName.Parse("topic").Value!));
        var order = new CloneOrder(fixture.Url(), head, 1, fixture.NewDirectory()) { SeedFrom = first };
        Assert.True((await fixture.Remote.CloneAsync(order, Token)).Succeeded);

        Assert.InRange(fixture.Server.BytesSent, length / 2, wanted + Framing);
    }

    private static async Task<RemoteHead> FindAsync(RemoteFixture fixture, Revision revision)
    {
        var head = await fixture.Remote.PollAsync(fixture.Url(), revision, credentials: null, Token);
        Assert.NotNull(head.Value?.Capabilities);
        return head.Value;
    }

    private static async Task<FetchedTree> CloneAsync(RemoteFixture fixture, RemoteHead head, string directory)
    {
        var tree = await fixture.Remote.CloneAsync(new CloneOrder(fixture.Url(), head, 1, directory), Token);
        Assert.True(tree.Succeeded, tree.Failure?.Message);
        return tree.Value;
    }
}

using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Worker;
using GitServer;

namespace CodeRepoOperator.Remotes;

/// <summary>Tags, commits and other refs of a real server, by both versions of the protocol.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class RevisionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_tag_is_cloned_as_git_clones_it(bool oldProtocol, bool annotated)
    {
        await using var fixture = await StartAsync(oldProtocol);
        var (project, first, _) = await ThreeCommitsAsync(fixture);
        await project.GitAsync(["tag", .. annotated ? ["-a", "-m", "one"] : (string[])[], "v1", first]);
        await project.GitAsync("tag", "v1.1");
        await project.GitAsync("push", "-q", "--tags", "origin");

        var (clone, tree) = await CloneAsync(fixture, new Revision.Named("refs/tags/v1"), depth: 1);

        Assert.Equal((null, first, "refs/tags/v1"), (tree.Value!.Branch, tree.Value.Commit, tree.Value.Ref));
        await ClonedTree.SoundAsync(clone, first);
        Assert.Equal("v1", await GitCommand.RunAsync(clone, "describe", "--tags", "--always"));
        Assert.Equal(annotated ? "tag" : "commit", await GitCommand.RunAsync(clone, "cat-file", "-t", "v1"));
        Assert.Equal("## HEAD (no branch)", await GitCommand.RunAsync(clone, "status", "-sb"));

        // It fetches the tag, and no more, as in a clone of git's own.
        var theirs = fixture.NewDirectory();
        await GitCommand.RunAsync("/", "clone", "-q", "--depth=1", "--branch=v1", fixture.Server.UrlOf("project.git"), theirs);
        foreach (
            var question in (string[][])
                [
                    ["config", "remote.origin.fetch"],
                    ["for-each-ref"],
                    ["rev-list", "--count", "--all"],
                ]
        )
        {
            Assert.Equal(await GitCommand.RunAsync(theirs, question), await GitCommand.RunAsync(clone, question));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Any_ref_is_cloned_by_its_full_name(bool oldProtocol)
    {
        await using var fixture = await StartAsync(oldProtocol);
        var (project, first, _) = await ThreeCommitsAsync(fixture);
        await GitCommand.RunAsync(project.Bare, "update-ref", "refs/pull/12/head", first);

        var (clone, tree) = await CloneAsync(fixture, new Revision.Named("refs/pull/12/head"), depth: 1);

        Assert.Equal((first, "refs/pull/12/head"), (tree.Value!.Commit, tree.Value.Ref));
        await ClonedTree.SoundAsync(clone, first);
        Assert.Equal(Reasons.RefNotFound, (await fixture.PollAsync(new Revision.Named("refs/pull/1"))).Failure?.Reason);
        Assert.Equal(Reasons.RefNotFound, (await fixture.PollAsync(new Revision.Named("refs/pull/12"))).Failure?.Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_highest_tag_of_a_range_is_cloned(bool oldProtocol)
    {
        await using var fixture = await StartAsync(oldProtocol);
        var (project, first, second) = await ThreeCommitsAsync(fixture);
        await project.GitAsync("tag", "-a", "-m", "nine", "v1.9.0", first);
        await project.GitAsync("tag", "-a", "-m", "ten", "v1.10.0", second);
        await project.GitAsync("tag", "v2.0.0");
        await project.GitAsync("push", "-q", "--tags", "origin");

        var (clone, tree) = await CloneAsync(fixture, new Revision.Highest(VersionRange.TryParse("^1.2")!), depth: 1);

        Assert.Equal((second, "refs/tags/v1.10.0"), (tree.Value!.Commit, tree.Value.Ref));
        await ClonedTree.SoundAsync(clone, second);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(true, 3)]
    public async Task A_commit_is_cloned_be_it_given_by_its_name_or_found_in_the_history(bool oldProtocol, int depth)
    {
        await using var fixture = await StartAsync(oldProtocol);
        var (_, first, _) = await ThreeCommitsAsync(fixture);

        var (clone, tree) = await CloneAsync(fixture, new Revision.Commit(first), depth);

        Assert.Equal((null, first, null), (tree.Value!.Branch, tree.Value.Commit, tree.Value.Ref));
        await ClonedTree.SoundAsync(clone, first);
    }

    [Fact]
    public async Task Before_version_2_a_commit_that_a_ref_names_is_given_at_any_depth()
    {
        await using var fixture = await StartAsync(oldProtocol: true);
        var (project, first, _) = await ThreeCommitsAsync(fixture);
        await GitCommand.RunAsync(project.Bare, "update-ref", "refs/heads/old", first);

        var (clone, tree) = await CloneAsync(fixture, new Revision.Commit(first), depth: 1);

        Assert.Equal(first, tree.Value?.Commit);
        await ClonedTree.SoundAsync(clone, first);
    }

    [Theory]
    [InlineData(false, 0, "does not have the commit")]
    [InlineData(true, 0, "does not have the commit")]
    [InlineData(true, 1, "set spec.depth to 0")]
    [InlineData(true, 2, "not among the last 2")]
    public async Task A_commit_that_is_not_to_be_had_is_reported_with_what_to_do(bool oldProtocol, int depth, string words)
    {
        await using var fixture = await StartAsync(oldProtocol);
        var (_, first, _) = await ThreeCommitsAsync(fixture);
        var absent = depth == 0 ? "0123456789abcdef0123456789abcdef01234567" : first;

        var (_, tree) = await CloneAsync(fixture, new Revision.Commit(absent), depth);

        Assert.Equal((Reasons.RefNotFound, true), (tree.Failure?.Reason, tree.Failure?.Terminal));
        Assert.Contains(words, tree.Failure!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HEAD^{tree}")]
    [InlineData("HEAD:a.txt")]
    public async Task A_tag_of_no_commit_is_refused(string target)
    {
        await using var fixture = await StartAsync(oldProtocol: false);
        var (project, _, _) = await ThreeCommitsAsync(fixture);
        await project.GitAsync("tag", "-a", "-m", "none", "data", target);
        await project.GitAsync("push", "-q", "--tags", "origin");

        var (_, tree) = await CloneAsync(fixture, new Revision.Named("refs/tags/data"), depth: 1);

        Assert.Equal(Reasons.RefNotFound, tree.Failure?.Reason);
        Assert.Contains("no commit", tree.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_repository_is_empty_whatever_is_asked_for()
    {
        await using var fixture = await StartAsync(oldProtocol: false);
        await fixture.ProjectAsync();
        foreach (var revision in (Revision[])[new Revision.Named("refs/tags/v1"), new Revision.Highest(VersionRange.TryParse("*")!)])
        {
            Assert.Equal(Reasons.EmptyRepository, (await fixture.PollAsync(revision)).Failure?.Reason);
        }
    }

    [Fact]
    public async Task An_older_clone_lends_its_objects_to_one_of_a_tag()
    {
        await using var fixture = await StartAsync(oldProtocol: false);
        var (project, first, _) = await ThreeCommitsAsync(fixture);
        await project.GitAsync("tag", "-a", "-m", "one", "v1", first);
        await project.GitAsync("push", "-q", "--tags", "origin");
        var seed = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(seed)).Succeeded);

        var (clone, tree) = await CloneAsync(fixture, new Revision.Named("refs/tags/v1"), depth: 1, seed);

        Assert.Equal(first, tree.Value?.Commit);
        await ClonedTree.SoundAsync(clone, first);
    }

    private static async Task<RemoteFixture> StartAsync(bool oldProtocol)
    {
        var fixture = await RemoteFixture.StartAsync();
        fixture.Server.Fault = _ => new RequestFault { OldProtocol = oldProtocol };
        return fixture;
    }

    /// <summary>Three commits on main.</summary>
    /// <returns>The repository, and the first two.</returns>
    private static async Task<(GitProject Project, string First, string Second)> ThreeCommitsAsync(RemoteFixture fixture)
    {
        var project = await fixture.ProjectAsync();
        var first = await project.CommitAsync("a.txt", "one");
        var second = await project.CommitAsync("a.txt", "two");
        await project.CommitAsync("a.txt", "three");
        return (project, first, second);
    }

    private static async Task<(string Clone, Attempt<FetchedTree> Tree)> CloneAsync(
        RemoteFixture fixture,
        Revision revision,
        int depth,
        string? seed = null
    )
    {
        var found = await fixture.PollAsync(revision);
        Assert.True(found.Succeeded, found.Failure?.Message);
        var clone = fixture.NewDirectory();
        var order = new CloneOrder(fixture.Url(), found.Value, depth, clone) { SeedFrom = seed };
        return (clone, await fixture.Remote.CloneAsync(order, Token));
    }
}

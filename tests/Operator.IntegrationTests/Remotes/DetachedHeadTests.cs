using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Worker;
using GitServer;

namespace CodeRepoOperator.Remotes;

/// <summary>A remote whose HEAD names a commit: no branch is guessed, whatever the version of the protocol.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class DetachedHeadTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, "main")]
    [InlineData(true, "main")]
    [InlineData(false, "main~1")]
    [InlineData(true, "main~1")]
    public async Task Its_commit_is_cloned(bool oldProtocol, string head)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var (_, commit) = await DetachedAsync(fixture, head);
        fixture.Server.Fault = _ => new RequestFault { OldProtocol = oldProtocol };

        var found = await fixture.PollAsync();
        Assert.Equal(new RemoteHead(Branch: null, commit), found.Value);
        var clone = fixture.NewDirectory();
        var tree = await fixture.Remote.CloneAsync(new CloneOrder(fixture.Url(), found.Value!, 1, clone), Token);

        Assert.Equal(new FetchedTree(Branch: null, commit), tree.Value! with { CommittedAt = null, Size = null });
        await ClonedTree.SoundAsync(clone, commit);
        Assert.Equal("", await GitCommand.RunAsync(clone, "for-each-ref"));
        Assert.Equal("## HEAD (no branch)", await GitCommand.RunAsync(clone, "status", "-sb"));
        Assert.Equal(fixture.Server.UrlOf("project.git"), await GitCommand.RunAsync(clone, "remote", "get-url", "origin"));

        // As in a clone of git's own, it fetches HEAD.
        await GitCommand.RunAsync(clone, "fetch", "-q", "origin");
        Assert.Equal(commit, await GitCommand.RunAsync(clone, "rev-parse", "FETCH_HEAD"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_names_no_branch_but_another_ref_is_as_detached(bool oldProtocol)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        var commit = await project.CommitAsync("a.txt", "one");
        await GitCommand.RunAsync(project.Bare, "update-ref", "refs/release/1", commit);
        await GitCommand.RunAsync(project.Bare, "symbolic-ref", "HEAD", "refs/release/1");
        fixture.Server.Fault = _ => new RequestFault { OldProtocol = oldProtocol };

        Assert.Equal(new RemoteHead(Branch: null, commit), (await fixture.PollAsync()).Value);
    }

    [Fact]
    public async Task A_clone_follows_it_from_commit_to_commit_to_a_branch_and_back_and_heals()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var (project, first) = await DetachedAsync(fixture.Remote, "main~1");
        var second = await GitCommand.RunAsync(project.Bare, "rev-parse", "main");
        var wanted = fixture.Want(change: repo => repo.Spec.Branch = null);
        var made = await fixture.EnsureAsync(wanted, Token);
        await SeeAsync(made, new CloneChange.Cloned(), branch: null, first);
        await SeeAsync(await RefreshAsync(), new CloneChange.None(), branch: null, first);

        await GitCommand.RunAsync(project.Bare, "update-ref", "--no-deref", "HEAD", second);
        await SeeAsync(await RefreshAsync(), new CloneChange.Updated(first), branch: null, second);

        // The same commit, under another name.
        await GitCommand.RunAsync(project.Bare, "symbolic-ref", "HEAD", "refs/heads/main");
        await SeeAsync(await RefreshAsync(), new CloneChange.Updated(second), "main", second);

        await GitCommand.RunAsync(project.Bare, "update-ref", "--no-deref", "HEAD", first);
        await SeeAsync(await RefreshAsync(), new CloneChange.Updated(second), branch: null, first);

        await File.WriteAllTextAsync(Path.Combine(fixture.Layout.Clone(wanted.Key), ".git", "HEAD"), "ref: refs/heads/main\n", Token);
        fixture.Store.Clear();
        Assert.Equal(
            CloneLoss.HeadUnreadable,
            Assert.IsType<CloneDecision.Reclone>(fixture.Store.Decide(wanted with { HadClone = true })).Loss
        );
        await SeeAsync(await fixture.EnsureAsync(wanted, Token), change: null, branch: null, first);

        async Task<EnsureResult> RefreshAsync() => made = await fixture.RefreshAsync(wanted, made.Published!, Token);

        async Task SeeAsync(EnsureResult result, CloneChange? change, string? branch, string commit)
        {
            Assert.Null(result.Failure);
            Assert.Equal(change ?? result.Change, result.Change);
            Assert.Equal((branch, commit), (result.Published!.Marker.Branch, result.Published.Marker.Commit));
            fixture.Store.Clear();
            Assert.IsType<CloneDecision.Keep>(fixture.Store.Decide(wanted));
            await ClonedTree.SoundAsync(fixture.Layout.Clone(wanted.Key), commit);
        }
    }

    /// <summary>Two commits on main, and HEAD where it is reported.</summary>
    private static async Task<(GitProject Project, string Commit)> DetachedAsync(RemoteFixture fixture, string head)
    {
        var project = await fixture.ProjectAsync();
        await project.CommitAsync("a.txt", "one");
        await project.CommitAsync("a.txt", "two");
        var commit = await GitCommand.RunAsync(project.Bare, "rev-parse", head);
        await GitCommand.RunAsync(project.Bare, "update-ref", "--no-deref", "HEAD", commit);
        return (project, commit);
    }
}

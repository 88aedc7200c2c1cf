using System.Text.Json.Nodes;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning;

/// <summary>What <c>spec.ref</c> asks for, from the spec to the clone and the status.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class RefTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_clone_follows_a_tag_that_moves_and_a_range_to_its_newest_tag()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var project = await fixture.Remote.ProjectAsync();
        var first = await project.CommitAsync("a.txt", "one");
        await TagAsync(project, "v1.0.0");
        var second = await project.CommitAsync("a.txt", "two");

        var tag = fixture.Want(change: repo => (repo.Spec.Branch, repo.Spec.Ref) = (null, new CodeRepoRef { Tag = "v1.0.0" }));
        var made = await fixture.EnsureAsync(tag, Token);
        await SeeAsync(fixture, tag, made, new CloneChange.Cloned(), "refs/tags/v1.0.0", first);
        made = await fixture.RefreshAsync(tag, made.Published!, Token);
        await SeeAsync(fixture, tag, made, new CloneChange.None(), "refs/tags/v1.0.0", first);
        await TagAsync(project, "v1.0.0");
        made = await fixture.RefreshAsync(tag, made.Published!, Token);
        await SeeAsync(fixture, tag, made, new CloneChange.Updated(first), "refs/tags/v1.0.0", second);

        // The spec asks for a range now: another clone, though the commit is the same.
        var range = fixture.Want(change: repo => (repo.Spec.Branch, repo.Spec.Ref) = (null, new CodeRepoRef { Semver = ">=1 <2" }));
        Assert.IsType<CloneDecision.Replace>(fixture.Store.Decide(range));
        made = await fixture.EnsureAsync(range, Token);
        await SeeAsync(fixture, range, made, new CloneChange.Updated(second), "refs/tags/v1.0.0", second);
        var third = await project.CommitAsync("a.txt", "three");
        await TagAsync(project, "v2.0.0");
        await TagAsync(project, "v1.10.0");
        made = await fixture.RefreshAsync(range, made.Published!, Token);
        await SeeAsync(fixture, range, made, new CloneChange.Updated(second), "refs/tags/v1.10.0", third);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task The_status_says_what_a_ref_led_to_and_a_commit_is_polled_no_more()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await fixture.StartReadyOperatorAsync();
        var commit = await fixture.Project.GitAsync("rev-parse", "HEAD");
        await TagAsync(fixture.Project, "v1.2.3");
        await fixture.CreateAsync(repo =>
            (repo.Spec.Branch, repo.Spec.Interval, repo.Spec.Ref) = (null, "10s", new CodeRepoRef { Semver = "^1" })
        );

        var repo = await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        Assert.Equal("Holds refs/tags/v1.2.3 at " + commit[..7] + ".", CloneFixture.Condition(repo, ConditionTypes.Ready)!.Message);
        Assert.Equal(
            ("semver ^1", "refs/tags/v1.2.3", commit, null),
            (repo.Status!.Ref!.Asked, repo.Status.Ref.Resolved, repo.Status.Ref.Commit, repo.Status.Branch)
        );
        await fixture.SeeCloneAsync(commit);

        await fixture.PatchAsync(
            new JsonObject
            {
                ["spec"] = new JsonObject
                {
                    ["ref"] = new JsonObject { ["semver"] = null, ["commit"] = commit },
                },
            }
        );
        repo = await fixture.SeeAsync("the commit is there", repo => repo.Status?.Ref?.Asked == $"commit {commit}");
        Assert.Equal((null, commit), (repo.Status!.Ref!.Resolved, repo.Status.Ref.Commit));
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await fixture.SeeCloneAsync(commit);

        await fixture.PatchAsync(
            new JsonObject
            {
                ["spec"] = new JsonObject
                {
                    ["ref"] = new JsonObject { ["commit"] = null, ["tag"] = "v9" },
                },
            }
        );
        repo = await fixture.SeeConditionAsync(ConditionTypes.Stalled, "True", Reasons.RefNotFound);
        Assert.Contains("no tag v9", CloneFixture.Condition(repo, ConditionTypes.Ready)!.Message, StringComparison.Ordinal);

        await fixture.PatchAsync(
            new JsonObject
            {
                ["spec"] = new JsonObject { ["ref"] = null, ["branch"] = "main" },
            }
        );
        repo = await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        Assert.Equal((null, "main"), (repo.Status!.Ref, repo.Status.Branch));
    }

    private static async Task TagAsync(GitProject project, string tag)
    {
        await project.GitAsync("tag", "--force", "-a", "-m", tag, tag);
        await project.GitAsync("push", "-q", "--force", "origin", $"refs/tags/{tag}");
    }

    private static async Task SeeAsync(
        StoreFixture fixture,
        DesiredClone desired,
        EnsureResult result,
        CloneChange change,
        string reference,
        string commit
    )
    {
        Assert.Null(result.Failure);
        Assert.Equal(change, result.Change);
        Assert.Equal(
            (null, reference, commit),
            (result.Published!.Marker.Branch, result.Published.Marker.Ref, result.Published.Marker.Commit)
        );
        fixture.Store.Clear();
        Assert.IsType<CloneDecision.Keep>(fixture.Store.Decide(desired));
        await ClonedTree.SoundAsync(fixture.Layout.Clone(desired.Key), commit);
    }
}

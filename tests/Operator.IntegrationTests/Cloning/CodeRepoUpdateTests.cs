using CodeRepoOperator.Entities;
using CodeRepoOperator.Machinery;

namespace CodeRepoOperator.Cloning;

/// <summary>The clone follows its remote and its spec, and leaves off when told to.</summary>
[Collection(nameof(OneOperatorAtATime))]
public sealed class CodeRepoUpdateTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pushed_commit_is_followed_within_the_interval()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        var running = await bench.StartReadyOperatorAsync();
        await bench.CreateAsync(repo => repo.Spec.Interval = "1s");
        await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);

        var commit = await bench.Project.CommitAsync("new.txt", "new\n");

        var repo = await bench.SeeAsync("the new commit", repo => repo.Status?.Commit == commit);
        await bench.SeeCloneAsync(commit);
        Assert.Equal(0, repo.Status!.Reclones);
        Assert.Equal(1, await running.MetricAsync("coderepo_repos_updated_total", Token));
    }

    [Fact]
    public async Task Without_an_interval_a_pushed_commit_is_followed_when_asked_for()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        await bench.StartReadyOperatorAsync();
        await bench.CreateAsync();
        var before = (await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned)).Status!.Commit;
        var commit = await bench.Project.CommitAsync("new.txt", "new\n");

        await SeeVerifiedAsync(bench);
        Assert.Equal(before, (await bench.GetAsync()).Status!.Commit);

        await bench.RequestAsync("first");
        await bench.SeeAsync(
            "the new commit, and the request echoed",
            repo => repo.Status!.Commit == commit && repo.Status.LastHandledReconcileAt == "first");
    }

    [Fact]
    public async Task A_suspended_CodeRepo_is_neither_healed_nor_updated_until_it_is_resumed()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        await bench.StartReadyOperatorAsync();
        await bench.CreateAsync(repo => repo.Spec.Interval = "1s");
        await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);

        await bench.PatchAsync(new { spec = new { suspend = true } });
        await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Suspended);
        var commit = await bench.Project.CommitAsync("new.txt", "new\n");
        var requests = bench.Server.Requests;
        Directory.Delete(bench.Clone(), recursive: true);
        await bench.SeeConditionAsync(ConditionTypes.Ready, "False", Reasons.Suspended);
        await bench.SeeConditionAsync(ConditionTypes.CloneAvailable, "False", Reasons.NoClone);
        Assert.Equal(requests, bench.Server.Requests);
        Assert.False(Directory.Exists(bench.Clone()));

        await bench.PatchAsync(new { spec = new { suspend = false } });
        await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await bench.SeeCloneAsync(commit);
    }

    [Fact]
    public async Task A_CodeRepo_on_demand_is_cloned_when_asked_for_and_healed_from_then_on()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        await bench.StartReadyOperatorAsync();
        await bench.CreateAsync(repo => repo.Spec.Policy = ClonePolicy.OnDemand);
        await bench.SeeConditionAsync(ConditionTypes.Ready, "False", Reasons.NotRequested);
        Assert.Equal(0, bench.Server.Requests);

        bench.Server.Fault = _ => new GitServer.RequestFault { Status = 500 };
        await bench.RequestAsync("first");
        await bench.SeeConditionAsync(ConditionTypes.Reconciling, "True", Reasons.Unreachable);
        bench.Server.Fault = _ => null;
        await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);

        Directory.Delete(bench.Clone(), recursive: true);
        await bench.SeeAsync("one re-clone", repo => repo.Status?.Reclones == 1);
    }

    [Fact]
    public async Task Another_branch_or_URL_in_the_spec_is_an_update()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        var running = await bench.StartReadyOperatorAsync();
        await bench.CreateAsync();
        await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);

        var commit = await bench.Project.CommitAsync("dev.txt", "dev\n", "dev");
        await bench.PatchAsync(new { spec = new { branch = "dev" } });
        var repo = await bench.SeeAsync("the other branch", repo => repo.Status?.Branch == "dev");
        await bench.SeeCloneAsync(commit);
        Assert.Equal(repo.Metadata.Generation, repo.Status!.ObservedGeneration);

        var other = await GitProject.CreateAsync(Path.GetDirectoryName(bench.Project.Bare)!, "other.git");
        var otherCommit = await other.CommitAsync("other.txt", "other\n", "dev");
        await bench.PatchAsync(new { spec = new { git_url = bench.Server.UrlOf("other.git") } });
        repo = await bench.SeeAsync("the other repository", repo => repo.Status?.Commit == otherCommit);
        await bench.SeeCloneAsync(otherCommit);

        Assert.Equal(0, repo.Status!.Reclones);
        Assert.Equal(2, await running.MetricAsync("coderepo_repos_updated_total", Token));
    }

    /// <summary>Waits until all clones were looked at again: another one that is lost is made again by then.</summary>
    private static async Task SeeVerifiedAsync(CloneBench bench)
    {
        await bench.CreateAsync(repo => repo.Metadata.Name = "witness");
        await bench.SeeAsync("the witness is cloned", repo => repo.Status?.ClonedAt is not null, "witness");
        Directory.Delete(bench.Clone("witness"), recursive: true);
        await bench.SeeAsync("the witness is healed", repo => repo.Status?.Reclones == 1, "witness");
    }
}

using CodeRepoOperator.Entities;
using CodeRepoOperator.Machinery;

namespace CodeRepoOperator.Cloning;

/// <summary>The main job, as a user sees it.</summary>
public sealed class CodeRepoLifeTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_CodeRepo_is_cloned_and_its_status_says_where()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        var running = await bench.StartReadyOperatorAsync();
        var created = await bench.CreateAsync(repo => repo.Spec.Branch = "main");
        var commit = await bench.Project.GitAsync("rev-parse", "HEAD");

        var repo = await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);

        await bench.SeeCloneAsync(commit);
        var status = repo.Status!;
        Assert.Equal(created.Metadata.Generation, status.ObservedGeneration);
        Assert.Equal(("main", commit, commit[..7]), (status.Branch, status.Commit, status.ShortCommit));
        Assert.Equal(
            (KubeApiServer.OperatorClaim, bench.Home, $"{bench.Namespace}/hello", "node-1"),
            (status.Volume!.Claim, status.Volume.Namespace, status.Volume.Path, status.Volume.Node));
        Assert.NotNull(status.ClonedAt);
        Assert.NotNull(status.CheckedAt);
        Assert.Equal((0, 0), (status.Shard, status.Reclones));
        Assert.Equal(
            [ConditionTypes.Ready, ConditionTypes.CloneAvailable, ConditionTypes.ContentComplete],
            status.Conditions!.Where(condition => condition.Status == "True").Select(condition => condition.Type));
        Assert.Contains(CodeRepo.CloneFinalizer, repo.Metadata.Finalizers);
        await SeeEventsAsync(bench, EventReasons.Cloned);
        Assert.Equal(1, await running.MetricAsync("coderepo_repos_cloned_total", Token));
        Assert.Equal(1, await running.MetricAsync("coderepo_repos{state=\"Ready\"}", Token));
        Assert.Equal(0, await running.MetricAsync("coderepo_repos_recloned_total{reason=\"FolderMissing\"}", Token));
    }

    [Fact]
    public async Task Everything_comes_back_after_the_whole_store_was_emptied()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        await bench.StartReadyOperatorAsync();
        await bench.CreateAsync();
        await bench.CreateAsync(repo => repo.Metadata.Name = "other");
        await bench.SeeAsync("hello is cloned", repo => repo.Status?.ClonedAt is not null);
        await bench.SeeAsync("other is cloned", repo => repo.Status?.ClonedAt is not null, "other");

        foreach (var entry in Directory.GetDirectories(bench.Store))
        {
            Directory.Delete(entry, recursive: true);
        }

        var commit = await bench.Project.GitAsync("rev-parse", "HEAD");
        await bench.SeeCloneAsync(commit);
        await bench.SeeCloneAsync(commit, "other");
        Assert.True(File.Exists(Path.Combine(bench.Store, ".coderepo", "owner")));
    }

    [Fact]
    public async Task A_deleted_CodeRepo_leaves_nothing_on_the_volume()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        await bench.StartReadyOperatorAsync();
        await bench.CreateAsync();
        await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);

        await bench.DeleteAsync();

        await SeeGoneAsync(bench);
        await SeeEventsAsync(bench, EventReasons.Cloned, EventReasons.Removed);
    }

    [Fact]
    public async Task A_CodeRepo_deleted_while_its_clone_hangs_is_gone_at_once()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        bench.Server.Fault = request => request.Method == "POST" ? new() { HangBeforeAnswer = true } : null;
        await bench.StartReadyOperatorAsync();
        await bench.CreateAsync();
        await bench.SeeConditionAsync(ConditionTypes.Reconciling, "True", Reasons.Cloning);

        await bench.DeleteAsync();

        await SeeGoneAsync(bench);
    }

    [Fact]
    public async Task A_finalizer_taken_off_by_hand_leaves_nothing_on_the_volume_either()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        var running = await bench.StartReadyOperatorAsync();
        await bench.CreateAsync();
        await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await running.StopAsync(Token);

        await bench.DeleteAsync();
        await bench.PatchAsync(new { metadata = new { finalizers = Array.Empty<string>() } });
        Assert.Empty(await bench.ListAsync());
        Assert.True(Directory.Exists(bench.Clone()));

        // Made again under the same name, it gets a clone of its own: the old one is not taken for it.
        await bench.Project.CommitAsync("new.txt", "new\n");
        await bench.CreateAsync();
        await bench.StartReadyOperatorAsync();
        var repo = await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await bench.SeeCloneAsync(await bench.Project.GitAsync("rev-parse", "HEAD"));
        Assert.Equal(0, repo.Status!.Reclones);
    }

    private static Task<IReadOnlyList<string>> SeeEventsAsync(CloneBench bench, params string[] reasons) => Eventually.SeeAsync(
        $"the events {string.Join(", ", reasons)}", _ => bench.EventsAsync(), seen => seen.SequenceEqual(reasons), CloneBench.Soon, Token);

    private static async Task SeeGoneAsync(CloneBench bench)
    {
        await Eventually.HoldsAsync("the object is gone", async _ => (await bench.ListAsync()).Count == 0, CloneBench.Soon, Token);
        await Eventually.True(() => !Directory.Exists(bench.Clone()), CloneBench.Soon, Token);
        await Eventually.True(
            () => Directory.GetFileSystemEntries(Path.Combine(bench.Store, ".coderepo", "tmp")).Length == 0
                && Directory.GetFileSystemEntries(Path.Combine(bench.Store, ".coderepo", "trash")).Length == 0,
            CloneBench.Soon,
            Token);
    }
}

using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning;

/// <summary>The main job, as a user sees it.</summary>
[Trait("Category", "Slow")]
public sealed class CodeRepoLifeTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_CodeRepo_is_cloned_and_its_status_says_where()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await fixture.StartReadyOperatorAsync();
        var created = await fixture.CreateAsync(repo => repo.Spec.Branch = "main");
        var commit = await fixture.Project.GitAsync("rev-parse", "HEAD");

        var repo = await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);

        await fixture.SeeCloneAsync(commit);
        var status = repo.Status!;
        Assert.Equal(created.Metadata.Generation, status.ObservedGeneration);
        Assert.Equal(("main", commit, commit[..7]), (status.Branch, status.Commit, status.ShortCommit));
        Assert.Equal(
            (KubeApiServer.OperatorClaim, fixture.Home, $"{fixture.Namespace}/hello", "node-1"),
            (status.Volume!.Claim, status.Volume.Namespace, status.Volume.Path, status.Volume.Node)
        );
        Assert.NotNull(status.ClonedAt);
        Assert.NotNull(status.CheckedAt);
        Assert.Equal((0, 0), (status.Shard, status.Reclones));
        Assert.Equal(
            [ConditionTypes.Ready, ConditionTypes.CloneAvailable, ConditionTypes.ContentComplete],
            status.Conditions!.Where(condition => condition.Status == "True").Select(condition => condition.Type)
        );
        Assert.Contains(CodeRepo.CloneFinalizer, repo.Metadata.Finalizers);
        await SeeEventsAsync(fixture, EventReasons.Cloned);
        Assert.Equal(1, await running.MetricAsync("coderepo_repos_cloned_total", Token));
        Assert.Equal(1, await running.MetricAsync("coderepo_repos{state=\"Ready\"}", Token));
        Assert.Equal(0, await running.MetricAsync("coderepo_repos_recloned_total{reason=\"FolderMissing\"}", Token));
    }

    [Fact]
    public async Task Everything_comes_back_after_the_whole_store_was_emptied()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        await fixture.CreateAsync(repo => repo.Metadata.Name = "other");
        await fixture.SeeAsync("hello is cloned", repo => repo.Status?.ClonedAt is not null);
        await fixture.SeeAsync("other is cloned", repo => repo.Status?.ClonedAt is not null, "other");

        foreach (var entry in Directory.GetDirectories(fixture.Store))
        {
            Directory.Delete(entry, recursive: true);
        }

        var commit = await fixture.Project.GitAsync("rev-parse", "HEAD");
        await fixture.SeeCloneAsync(commit);
        await fixture.SeeCloneAsync(commit, "other");
        Assert.True(File.Exists(Path.Combine(fixture.Store, ".coderepo", "owner")));
    }

    [Fact]
    public async Task A_deleted_CodeRepo_leaves_nothing_on_the_volume()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);

        await fixture.DeleteAsync();

        await SeeGoneAsync(fixture);
        await SeeEventsAsync(fixture, EventReasons.Cloned, EventReasons.Removed);
    }

    [Fact]
    public async Task A_CodeRepo_deleted_while_its_clone_hangs_is_gone_at_once()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        fixture.Server.Fault = request => request.Method == "POST" ? new() { HangBeforeResponse = true } : null;
        await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        await fixture.SeeConditionAsync(ConditionTypes.Reconciling, "True", Reasons.Cloning);

        await fixture.DeleteAsync();

        await SeeGoneAsync(fixture);
    }

    [Fact]
    public async Task A_finalizer_taken_off_by_hand_leaves_nothing_on_the_volume_either()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await running.StopAsync(Token);

        await fixture.DeleteAsync();
        await fixture.PatchAsync(new { metadata = new { finalizers = Array.Empty<string>() } });
        Assert.Empty(await fixture.ListAsync());
        Assert.True(Directory.Exists(fixture.Clone()));

        // Made again under the same name, it gets a clone of its own: the old one is not taken for it.
        await fixture.Project.CommitAsync("new.txt", "new\n");
        await fixture.CreateAsync();
        await fixture.StartReadyOperatorAsync();
        var repo = await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await fixture.SeeCloneAsync(await fixture.Project.GitAsync("rev-parse", "HEAD"));
        Assert.Equal(0, repo.Status!.Reclones);
    }

    private static Task<IReadOnlyList<string>> SeeEventsAsync(CloneFixture fixture, params string[] reasons) =>
        Eventually.SeeAsync(
            $"the events {string.Join(", ", reasons)}",
            _ => fixture.EventsAsync(),
            seen => seen.SequenceEqual(reasons),
            CloneFixture.Soon,
            Token
        );

    private static async Task SeeGoneAsync(CloneFixture fixture)
    {
        await Eventually.HoldsAsync("the object is gone", async _ => (await fixture.ListAsync()).Count == 0, CloneFixture.Soon, Token);
        await Eventually.True(() => !Directory.Exists(fixture.Clone()), CloneFixture.Soon, Token);
        await Eventually.True(
            () =>
                Directory.GetFileSystemEntries(Path.Combine(fixture.Store, ".coderepo", "tmp")).Length == 0
                && Directory.GetFileSystemEntries(Path.Combine(fixture.Store, ".coderepo", "trash")).Length == 0,
            CloneFixture.Soon,
            Token
        );
    }
}

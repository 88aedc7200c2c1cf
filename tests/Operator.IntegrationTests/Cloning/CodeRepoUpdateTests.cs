using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning;

/// <summary>The clone follows its remote and its spec, and leaves off when asked to.</summary>
[Trait("Category", "Slow")]
public sealed class CodeRepoUpdateTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pushed_commit_is_followed_within_the_interval()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync(repo => repo.Spec.Interval = "1s");
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);

        var commit = await fixture.Project.CommitAsync("new.txt", "new\n");

        var repo = await fixture.SeeAsync("the new commit", repo => repo.Status?.Commit == commit);
        await fixture.SeeCloneAsync(commit);
        Assert.Equal(0, repo.Status!.Reclones);
        Assert.Equal(1, await running.MetricAsync("coderepo_repos_updated_total", Token));
    }

    [Fact]
    public async Task Without_an_interval_a_pushed_commit_is_followed_when_asked_for()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        var before = (await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned)).Status!.Commit;
        var commit = await fixture.Project.CommitAsync("new.txt", "new\n");

        await SeeVerifiedAsync(fixture);
        Assert.Equal(before, (await fixture.GetAsync()).Status!.Commit);

        await fixture.RequestAsync("first");
        await fixture.SeeAsync("the new commit, and the request echoed", repo =>
            repo.Status!.Commit == commit && repo.Status.LastHandledReconcileAt == "first"
        );
    }

    [Fact]
    public async Task A_suspended_CodeRepo_is_neither_healed_nor_updated_until_it_is_resumed()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync(repo => repo.Spec.Interval = "1s");
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);

        await fixture.PatchAsync(new { spec = new { suspend = true } });
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Suspended);
        var commit = await fixture.Project.CommitAsync("new.txt", "new\n");
        var requests = fixture.Server.Requests;
        fixture.LoseClone();
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "False", Reasons.Suspended);
        await fixture.SeeConditionAsync(ConditionTypes.CloneAvailable, "False", Reasons.NoClone);
        Assert.Equal(requests, fixture.Server.Requests);
        Assert.False(Directory.Exists(fixture.Clone()));

        await fixture.PatchAsync(new { spec = new { suspend = false } });
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await fixture.SeeCloneAsync(commit);
    }

    [Fact]
    public async Task A_CodeRepo_on_demand_is_cloned_when_asked_for_and_healed_from_then_on()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync(repo => repo.Spec.Policy = ClonePolicy.OnDemand);
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "False", Reasons.NotRequested);
        Assert.Equal(0, fixture.Server.Requests);

        fixture.Server.Fault = _ => new GitServer.RequestFault { Status = 500 };
        await fixture.RequestAsync("first");
        await fixture.SeeConditionAsync(ConditionTypes.Reconciling, "True", Reasons.Unreachable);
        fixture.Server.Fault = _ => null;
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);

        fixture.LoseClone();
        await fixture.SeeAsync("one re-clone", repo => repo.Status?.Reclones == 1);
    }

    [Fact]
    public async Task Whatever_moves_is_followed_as_an_update_and_readers_always_have_a_tree()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await fixture.StartReadyOperatorAsync();
        var project = fixture.Project;
        await project.CommitAsync("kept.txt", "kept\n", "kept");
        await fixture.CreateAsync();
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await using var reader = TreeReader.Start(fixture.Clone(), "README.md");
        var updates = 0;

        async Task FollowAsync(string commit, string branch, object? spec = null)
        {
            updates++;
            await (spec is null ? fixture.RequestAsync($"{updates}") : fixture.PatchAsync(new { spec }));
            var repo = await fixture.SeeAsync($"{branch} at {commit}, Ready", repo =>
                repo.Status!.Commit == commit
                && repo.Status.Branch == branch
                && repo.Status.ObservedGeneration == repo.Metadata.Generation
                && CloneFixture.Condition(repo, ConditionTypes.Ready) is { Status: "True", Reason: Reasons.Cloned }
            );
            Assert.Equal(0, repo.Status!.Reclones);
            Assert.Null(CloneFixture.Condition(repo, ConditionTypes.Stalled));
            await fixture.SeeCloneAsync(commit);
        }

        // Moved, set back, replaced by a history that has nothing in common.
        await FollowAsync(await project.CommitAsync("new.txt", "new\n"), "main");
        await project.GitAsync("reset", "-q", "--hard", "HEAD~2");
        await FollowAsync(await project.PushAsync(), "main");
        await project.GitAsync("checkout", "-q", "--orphan", "unrelated");
        await FollowAsync(await project.CommitAsync("unrelated.txt", "unrelated\n"), "main");

        // The default branch gets another name.
        await GitCommand.RunAsync(project.Bare, "branch", "-m", "main", "trunk");
        await GitCommand.RunAsync(project.Bare, "symbolic-ref", "HEAD", "refs/heads/trunk");
        await FollowAsync(await project.GitAsync("rev-parse", "HEAD"), "trunk");

        // The spec changes.
        var dev = await project.CommitAsync("dev.txt", "dev\n", "dev");
        await FollowAsync(dev, "dev", new { branch = "dev" });
        foreach (var (depth, commits) in new[] { (10, 2), (0, 2), (1, 1) })
        {
            await FollowAsync(dev, "dev", new { depth });
            await Eventually.HoldsAsync(
                $"{commits} commits at depth {depth}",
                async _ => await GitCommand.RunAsync(fixture.Clone(), "rev-list", "--count", "HEAD") == $"{commits}",
                CloneFixture.Soon,
                Token
            );
        }

        var other = await GitProject.CreateAsync(Path.GetDirectoryName(project.Bare)!, "other.git");
        await FollowAsync(
            await other.CommitAsync("README.md", "other\n", "dev"),
            "dev",
            new { git_url = fixture.Server.UrlOf("other.git") }
        );

        Assert.Equal(updates, await running.MetricAsync("coderepo_repos_updated_total", Token));
        Assert.Equal(0, await RecloneCountAsync(running));
        await SeeEventsAsync(fixture, [EventReasons.Cloned, .. Enumerable.Repeat(EventReasons.Updated, updates)]);
        await reader.StopAsync();
    }

    [Fact]
    public async Task A_deleted_branch_leaves_the_clone_as_it_is_until_the_branch_is_back()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await fixture.StartReadyOperatorAsync();
        var project = fixture.Project;
        await project.GitAsync("push", "-q", "origin", "HEAD:refs/heads/kept");
        await fixture.CreateAsync();
        var commit = (await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned)).Status!.Commit!;

        await DeleteBranchAsync(fixture, "gone");
        await fixture.SeeCloneAsync(commit);
        await project.GitAsync("push", "-q", "origin", "HEAD:refs/heads/main");
        await fixture.RequestAsync("back where it was");
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        Assert.Equal(0, await running.MetricAsync("coderepo_repos_updated_total", Token));

        await DeleteBranchAsync(fixture, "gone again");
        await fixture.SeeCloneAsync(commit);
        await project.GitAsync("reset", "-q", "--hard", "HEAD~1");
        var elsewhere = await project.CommitAsync("elsewhere.txt", "elsewhere\n");
        await fixture.RequestAsync("back elsewhere");
        var repo = await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await fixture.SeeCloneAsync(elsewhere);

        Assert.Equal((elsewhere, 0), (repo.Status!.Commit, repo.Status.Reclones));
        Assert.Null(CloneFixture.Condition(repo, ConditionTypes.Stalled));
        Assert.Equal(1, await running.MetricAsync("coderepo_repos_updated_total", Token));
        Assert.Equal(0, await RecloneCountAsync(running));
        await SeeEventsAsync(
            fixture,
            [EventReasons.Cloned, EventReasons.CloneFailed, EventReasons.Recovered, EventReasons.CloneFailed, EventReasons.Updated]
        );
    }

    private static async Task DeleteBranchAsync(CloneFixture fixture, string request)
    {
        await GitCommand.RunAsync(fixture.Project.Bare, "update-ref", "-d", "refs/heads/main");
        await fixture.RequestAsync(request);
        var repo = await fixture.SeeConditionAsync(ConditionTypes.Stalled, "True", Reasons.BranchNotFound);
        Assert.Equal(
            ("True", Reasons.Stale),
            (CloneFixture.Condition(repo, ConditionTypes.Ready)!.Status, CloneFixture.Condition(repo, ConditionTypes.Ready)!.Reason)
        );
        Assert.Equal("True", CloneFixture.Condition(repo, ConditionTypes.CloneAvailable)!.Status);
    }

    private static async Task<double> RecloneCountAsync(OperatorProcess running) =>
        (await running.GetAsync("/metrics", Token))
            .Body.Split('\n')
            .Where(line => line.StartsWith("coderepo_repos_recloned_total{", StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));

    private static Task<IReadOnlyList<string>> SeeEventsAsync(CloneFixture fixture, string[] reasons) =>
        Eventually.SeeAsync(
            $"the events {string.Join(", ", reasons)}",
            _ => fixture.EventsAsync(),
            seen => seen.SequenceEqual(reasons),
            CloneFixture.Soon,
            Token
        );

    /// <summary>Waits until all clones were looked at again: another one that is lost is made again by then.</summary>
    private static async Task SeeVerifiedAsync(CloneFixture fixture)
    {
        await fixture.CreateAsync(repo => repo.Metadata.Name = "witness");
        await fixture.SeeAsync("the witness is cloned", repo => repo.Status?.ClonedAt is not null, "witness");
        fixture.LoseClone("witness");
        await fixture.SeeAsync("the witness is healed", repo => repo.Status?.Reclones == 1, "witness");
    }
}

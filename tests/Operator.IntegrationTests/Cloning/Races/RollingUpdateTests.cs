using CodeRepoOperator.Entities;
using GitServer;

namespace CodeRepoOperator.Cloning.Races;

/// <summary>An old operator and a new one on the same store, while CodeRepos come, change and go.</summary>
[Trait("Category", "Slow")]
public sealed class RollingUpdateTests(KubeApiServer cluster)
{
    /// <summary>Stops a process in the flush right before the last check and the rename.</summary>
    private static readonly string[] StopBeforePublish =
    [
        "strace",
        "-D",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "trace=syncfs",
        "-e",
        "inject=syncfs:signal=STOP:when=1",
    ];

    /// <summary>As on another node, when the file system's locks don't reach that far.</summary>
    private static readonly string[] WithoutLocks =
    [
        "strace",
        "-D",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "trace=flock",
        "-e",
        "inject=flock:retval=0",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Signal.Terminate)]
    [InlineData(Signal.Kill)]
    public async Task Nothing_is_cloned_twice_or_not_at_all_when_the_old_one_ends_in_the_middle_of_clones(int signal)
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await using var api = fixture.Api = await ApiProxy.StartAsync(cluster);
        var hangs = true;
        var arrived = 0;
        fixture.Server.Fault = request =>
        {
            var held =
                hangs
                && request.Path.StartsWithSegments("/slow.git", StringComparison.Ordinal)
                && GitHttpServer.StageOf(request) == RequestStage.Fetch;
            arrived += held ? 1 : 0;
            return held ? new RequestFault { HangAfter = 100 } : null;
        };
        File.CreateSymbolicLink(Path.Combine(Path.GetDirectoryName(fixture.Project.Bare)!, "slow.git"), fixture.Project.Bare);
        var first = await fixture.StartReadyOperatorAsync();
        foreach (var name in new[] { "kept", "changed", "gone-before", "gone-after" })
        {
            await fixture.CreateAsync(repo =>
            {
                repo.Metadata.Name = name;
                repo.Spec.Submodules = name == "kept" ? new CodeRepoSubmodules() : null;
                repo.Spec.Lfs = name == "kept" ? new CodeRepoLfs() : null;
            });
            await fixture.SeeAsync("it is Current", repo => Kstatus.Of(repo) == KstatusReading.Current, name);
        }

        await using var reader = TreeReader.Start(fixture.Clone("changed"), "README.md");
        await fixture.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.GitUrl) = ("slow", fixture.Server.UrlOf("slow.git")));
        await Eventually.True(() => arrived == 1, CloneFixture.Soon, Token);
        var second = await fixture.StartOperatorAsync();
        await Eventually.True(() => second.Log.Contains("Waiting for lease", StringComparison.Ordinal), CloneFixture.Soon, Token);

        await ChangeWhileBothRunAsync(fixture);
        Assert.Equal((5, 1, 0), await CountersAsync(first));
        hangs = false;
        await (signal == Signal.Kill ? first.KillAsync(Token) : first.StopAsync(Token));
        await fixture.CreateAsync(repo => repo.Metadata.Name = "new-after");
        await fixture.DeleteAsync("gone-after");
        await fixture.PatchAsync(new { spec = new { branch = "main" } }, "changed");
        await second.WhenReadyAsync(Token);

        foreach (var name in new[] { "kept", "changed", "slow", "new-before", "new-after" })
        {
            await SeeWellAsync(fixture, name);
        }

        await Eventually.HoldsAsync("it is gone", async _ => (await fixture.ListAsync()).Count == 5, CloneFixture.Soon, Token);
        Assert.Equal((2, 1, 0), await CountersAsync(second));
        Assert.False(Path.Exists(fixture.Clone("gone-before")) || Path.Exists(fixture.Clone("gone-after")));
        await Eventually.True(
            () => Directory.GetFileSystemEntries(Path.Combine(fixture.Store, ".coderepo", "tmp")).Length == 0,
            CloneFixture.Soon,
            Token
        );
        Assert.Equal(0, await second.MetricAsync("coderepo_orphans_collected_total", Token));

        // That it is being cloned, and that it is cloned; of the slow one the new operator need not say the first again.
        await Eventually.True(
            () =>
                new[] { "kept", "new-before", "slow", "new-after" }.All(name =>
                    api.Requests.Any(request => request.PublishesEventOf(name))
                ),
            CloneFixture.Soon,
            Token
        );
        Assert.All(["kept", "new-before", "slow", "new-after"], name =>
            Assert.Equal(2, api.Requests.Count(request => request.WritesStatusOf(name)))
        );
        Assert.All(["kept", "new-before", "slow", "new-after"], name =>
            Assert.Single(api.Requests, request => request.PublishesEventOf(name))
        );
        await reader.StopAsync();
    }

    [Fact]
    public async Task One_that_hung_past_its_Lease_changes_nothing_any_more_on_the_volume_or_in_a_status()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await using var api = fixture.Api = await ApiProxy.StartAsync(cluster);
        var first = await fixture.StartOperatorUnderAsync(StopBeforePublish);
        await first.WhenReadyAsync(Token);
        await fixture.CreateAsync();
        await Eventually.HoldsAsync(
            "it hangs",
            async token => (await File.ReadAllTextAsync($"/proc/{first.Id}/stat", token)).Split(' ')[2] is "t" or "T",
            CloneFixture.Soon,
            Token
        );
        var second = await fixture.StartOperatorUnderAsync(WithoutLocks);
        await second.WhenReadyAsync(Token);
        await SeeWellAsync(fixture, "hello");

        // Deleted and made anew, as the first one can't know.
        await fixture.DeleteAsync();
        await Eventually.HoldsAsync("it is gone", async _ => (await fixture.ListAsync()).Count == 0, CloneFixture.Soon, Token);
        await fixture.CreateAsync();
        await fixture.CreateAsync(repo => repo.Metadata.Name = "other");
        await SeeWellAsync(fixture, "hello");
        await SeeWellAsync(fixture, "other");
        var before = await fixture.GetAsync();
        var requests = api.Requests.Count;

        Signal.Send(first.Id, Signal.Continue);

        await Eventually.HoldsAsync(
            "its clone is over",
            async token =>
                await first.MetricAsync("coderepo_clones_in_progress", token) == 0
                && await first.MetricAsync("coderepo_store_lease_held", token) == 0
                && await first.MetricAsync("coderepo_clone_duration_seconds_count", token) == 1,
            CloneFixture.Soon,
            Token
        );
        await second.StopAsync(Token);
        await first.WhenReadyAsync(Token);
        await Eventually.HoldsAsync(
            "it has looked at both",
            async token => await first.MetricAsync("coderepo_reconcile_total{result=\"success\"}", token) >= 2,
            CloneFixture.Soon,
            Token
        );
        Assert.Equal((0, 0, 0), await CountersAsync(first));
        Assert.Equal(before.Metadata.ResourceVersion, (await fixture.GetAsync()).Metadata.ResourceVersion);
        Assert.DoesNotContain(api.Requests.Skip(requests), request => request.WritesStatusOf("hello") || request.PublishesEventOf("hello"));
    }

    private static async Task ChangeWhileBothRunAsync(CloneFixture fixture)
    {
        var branch = await fixture.Project.CommitAsync("branch.txt", "branch\n", "branch");
        await fixture.CreateAsync(repo => repo.Metadata.Name = "new-before");
        await fixture.DeleteAsync("gone-before");
        await fixture.PatchAsync(new { spec = new { branch = "branch" } }, "changed");
        await SeeWellAsync(fixture, "new-before");
        await fixture.SeeAsync(
            "it follows",
            repo => Kstatus.Of(repo) == KstatusReading.Current && repo.Status!.Commit == branch,
            "changed"
        );
        await Eventually.HoldsAsync(
            "it is gone",
            async _ => (await fixture.ListAsync()).All(repo => repo.Metadata.Name != "gone-before"),
            CloneFixture.Soon,
            Token
        );
    }

    private static Task<CodeRepo> SeeWellAsync(CloneFixture fixture, string name) =>
        fixture.SeeAsync(
            $"{name} is Current, and on the volume",
            repo => Kstatus.Of(repo) == KstatusReading.Current && File.Exists(Path.Combine(fixture.Clone(name), "README.md")),
            name
        );

    private static async Task<(double Cloned, double Updated, double Recloned)> CountersAsync(OperatorProcess running) =>
        (
            (await running.MetricAsync("coderepo_repos_cloned_total", Token))!.Value,
            (await running.MetricAsync("coderepo_repos_updated_total", Token))!.Value,
            (await running.MetricAsync("coderepo_repos_recloned_total{reason=\"FolderMissing\"}", Token))!.Value
        );
}

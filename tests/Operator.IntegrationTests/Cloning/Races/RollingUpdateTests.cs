using CodeRepoOperator.Entities;
using CodeRepoOperator.Machinery;
using GitServer;

namespace CodeRepoOperator.Cloning.Races;

/// <summary>An old operator and a new one on the same store, while CodeRepos come, change and go.</summary>
public sealed class RollingUpdateTests(KubeApiServer cluster)
{
    /// <summary>Stops a process in the flush right before the last check and the rename.</summary>
    private static readonly string[] StopBeforePublish =
        ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=syncfs", "-e", "inject=syncfs:signal=STOP:when=1"];

    /// <summary>As on another node, when the file system's locks don't reach that far.</summary>
    private static readonly string[] WithoutLocks =
        ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=flock", "-e", "inject=flock:retval=0"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Signal.Terminate)]
    [InlineData(Signal.Kill)]
    public async Task Nothing_is_cloned_twice_or_not_at_all_when_the_old_one_ends_in_the_middle_of_clones(int signal)
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        await using var api = bench.Api = await ApiProxy.StartAsync(cluster);
        var hangs = true;
        var arrived = 0;
        bench.Server.Fault = request =>
        {
            var held = hangs && request.Path.StartsWithSegments("/slow.git", StringComparison.Ordinal) && GitHttpServer.StageOf(request) == RequestStage.Fetch;
            arrived += held ? 1 : 0;
            return held ? new RequestFault { HangAfter = 100 } : null;
        };
        File.CreateSymbolicLink(Path.Combine(Path.GetDirectoryName(bench.Project.Bare)!, "slow.git"), bench.Project.Bare);
        var first = await bench.StartReadyOperatorAsync();
        foreach (var name in new[] { "kept", "changed", "gone-before", "gone-after" })
        {
            await bench.CreateAsync(repo => repo.Metadata.Name = name);
            await bench.SeeAsync("it is Current", repo => Kstatus.Of(repo) == KstatusReading.Current, name);
        }

        await using var reader = TreeReader.Start(bench.Clone("changed"), "README.md");
        await bench.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.GitUrl) = ("slow", bench.Server.UrlOf("slow.git")));
        await Eventually.True(() => arrived == 1, CloneBench.Soon, Token);
        var second = await bench.StartOperatorAsync();
        await Eventually.True(() => second.Log.Contains("Waiting for lease", StringComparison.Ordinal), CloneBench.Soon, Token);

        await ChangeWhileBothRunAsync(bench);
        Assert.Equal((5, 1, 0), await CountersAsync(first));
        hangs = false;
        await (signal == Signal.Kill ? first.KillAsync(Token) : first.StopAsync(Token));
        await bench.CreateAsync(repo => repo.Metadata.Name = "new-after");
        await bench.DeleteAsync("gone-after");
        await bench.PatchAsync(new { spec = new { branch = "main" } }, "changed");
        await second.WhenReadyAsync(Token);

        foreach (var name in new[] { "kept", "changed", "slow", "new-before", "new-after" })
        {
            await SeeWellAsync(bench, name);
        }

        await Eventually.HoldsAsync("it is gone", async _ => (await bench.ListAsync()).Count == 5, CloneBench.Soon, Token);
        Assert.Equal((2, 1, 0), await CountersAsync(second));
        Assert.False(Path.Exists(bench.Clone("gone-before")) || Path.Exists(bench.Clone("gone-after")));
        await Eventually.True(() => Directory.GetFileSystemEntries(Path.Combine(bench.Store, ".coderepo", "tmp")).Length == 0, CloneBench.Soon, Token);
        Assert.Equal(0, await second.MetricAsync("coderepo_orphans_collected_total", Token));

        // That it is being cloned, and that it is cloned; of the slow one the new operator need not say the first again.
        await Eventually.True(
            () => new[] { "kept", "new-before", "slow", "new-after" }.All(name => api.Requests.Any(request => request.PublishesEventOf(name))), CloneBench.Soon, Token);
        Assert.All(["kept", "new-before", "slow", "new-after"], name => Assert.Equal(2, api.Requests.Count(request => request.WritesStatusOf(name))));
        Assert.All(["kept", "new-before", "slow", "new-after"], name => Assert.Single(api.Requests, request => request.PublishesEventOf(name)));
        await reader.StopAsync();
    }

    [Fact]
    public async Task One_that_hung_past_its_Lease_changes_nothing_any_more_on_the_volume_or_in_a_status()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        await using var api = bench.Api = await ApiProxy.StartAsync(cluster);
        var first = await bench.StartOperatorUnderAsync(StopBeforePublish);
        await first.WhenReadyAsync(Token);
        await bench.CreateAsync();
        await Eventually.HoldsAsync(
            "it hangs", async token => (await File.ReadAllTextAsync($"/proc/{first.Id}/stat", token)).Split(' ')[2] is "t" or "T", CloneBench.Soon, Token);
        var second = await bench.StartOperatorUnderAsync(WithoutLocks);
        await second.WhenReadyAsync(Token);
        await SeeWellAsync(bench, "hello");

        // Deleted and made anew, as the first one can't know.
        await bench.DeleteAsync();
        await Eventually.HoldsAsync("it is gone", async _ => (await bench.ListAsync()).Count == 0, CloneBench.Soon, Token);
        await bench.CreateAsync();
        await bench.CreateAsync(repo => repo.Metadata.Name = "other");
        await SeeWellAsync(bench, "hello");
        await SeeWellAsync(bench, "other");
        var before = await bench.GetAsync();
        var requests = api.Requests.Count;

        Signal.Send(first.Id, Signal.Continue);

        await Eventually.HoldsAsync(
            "its clone is over",
            async token => await first.MetricAsync("coderepo_clones_in_progress", token) == 0
                && await first.MetricAsync("coderepo_store_lease_held", token) == 0
                && await first.MetricAsync("coderepo_clone_duration_seconds_count", token) == 1,
            CloneBench.Soon,
            Token);
        await second.StopAsync(Token);
        await first.WhenReadyAsync(Token);
        await Eventually.HoldsAsync(
            "it has looked at both",
            async token => await first.MetricAsync("coderepo_reconcile_total{result=\"success\"}", token) >= 2,
            CloneBench.Soon,
            Token);
        Assert.Equal((0, 0, 0), await CountersAsync(first));
        Assert.Equal(before.Metadata.ResourceVersion, (await bench.GetAsync()).Metadata.ResourceVersion);
        Assert.DoesNotContain(api.Requests.Skip(requests), request => request.WritesStatusOf("hello") || request.PublishesEventOf("hello"));
    }

    private static async Task ChangeWhileBothRunAsync(CloneBench bench)
    {
        var branch = await bench.Project.CommitAsync("branch.txt", "branch\n", "branch");
        await bench.CreateAsync(repo => repo.Metadata.Name = "new-before");
        await bench.DeleteAsync("gone-before");
        await bench.PatchAsync(new { spec = new { branch = "branch" } }, "changed");
        await SeeWellAsync(bench, "new-before");
        await bench.SeeAsync("it follows", repo => Kstatus.Of(repo) == KstatusReading.Current && repo.Status!.Commit == branch, "changed");
        await Eventually.HoldsAsync("it is gone", async _ => (await bench.ListAsync()).All(repo => repo.Metadata.Name != "gone-before"), CloneBench.Soon, Token);
    }

    private static Task<CodeRepo> SeeWellAsync(CloneBench bench, string name) => bench.SeeAsync(
        $"{name} is Current, and on the volume",
        repo => Kstatus.Of(repo) == KstatusReading.Current && File.Exists(Path.Combine(bench.Clone(name), "README.md")),
        name);

    private static async Task<(double Cloned, double Updated, double Recloned)> CountersAsync(OperatorProcess running) => (
        (await running.MetricAsync("coderepo_repos_cloned_total", Token))!.Value,
        (await running.MetricAsync("coderepo_repos_updated_total", Token))!.Value,
        (await running.MetricAsync("coderepo_repos_recloned_total{reason=\"FolderMissing\"}", Token))!.Value);
}

using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Machinery;
using k8s.Models;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>Clones of CodeRepos that went while nobody could take them away; and that no CodeRepo waits for that for ever.</summary>
public sealed class OrphanTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_lost_its_CodeRepo_while_no_operator_ran_is_collected_and_all_else_stays()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        var first = await bench.StartReadyOperatorAsync();
        foreach (var name in new[] { "orphan", "kept", "anew", "paused" })
        {
            await bench.CreateAsync(repo => repo.Metadata.Name = name);
            await bench.SeeAsync("cloned", repo => repo.Status?.ClonedAt is not null, name);
        }

        await first.StopAsync(Token);
        await TakeOffByHandAsync(bench, "orphan");
        await TakeOffByHandAsync(bench, "anew");
        await bench.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.Suspend) = ("anew", true));
        await bench.PatchAsync(new { spec = new { suspend = true, depth = 7 } }, "paused");

        // Beside them what an operator of other namespaces has, and what nobody says is ours.
        await CopyAsync(bench.Clone("orphan"), Path.Combine(bench.Store, "elsewhere", "orphan"));
        await CopyAsync(bench.Clone("orphan"), bench.Clone("unmarked"));
        File.Delete(StoreLayout.Marker(bench.Clone("unmarked")));
        var outside = Directory.CreateDirectory(bench.Store + "-outside").FullName;
        await CopyAsync(bench.Clone("orphan"), Path.Combine(outside, "orphan"));
        Directory.CreateSymbolicLink(bench.Clone("link"), Path.Combine(outside, "orphan"));
        Directory.CreateSymbolicLink(Path.Combine(bench.Store, "links"), outside);

        var second = await bench.StartReadyOperatorAsync();

        await Eventually.HoldsAsync(
            "two are collected", async token => await second.MetricAsync("coderepo_orphans_collected_total", token) == 2, CloneBench.Soon, Token);
        Assert.False(Path.Exists(bench.Clone("orphan")) || Path.Exists(bench.Clone("anew")));
        Assert.All(
            [bench.Clone("kept"), bench.Clone("paused"), bench.Clone("unmarked"), bench.Clone("link"), Path.Combine(bench.Store, "elsewhere", "orphan"), Path.Combine(bench.Store, "links", "orphan")],
            clone => Assert.True(File.Exists(Path.Combine(clone, "README.md")), clone));
        Assert.Equal(2, second.Log.Split('\n').Count(line => line.Contains("there is no CodeRepo of uid", StringComparison.Ordinal)));
        Directory.Delete(outside, recursive: true);
    }

    [Theory]
    [InlineData("another volume")]
    [InlineData("read-only")]
    public async Task A_deleted_CodeRepo_does_not_wait_for_ever_for_a_volume_and_its_clone_is_collected_once_it_is_back(string trouble)
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        var running = await bench.StartReadyOperatorAsync(("Store__RemovalPatience", "00:00:04"));
        foreach (var name in new[] { "hello", "anew", "kept" })
        {
            await bench.CreateAsync(repo => repo.Metadata.Name = name);
            await bench.SeeAsync("cloned", repo => repo.Status?.ClonedAt is not null, name);
        }

        await using (trouble == "read-only" ? await ReadOnlyAsync(bench) : await ForeignVolumeAsync(bench))
        {
            await bench.DeleteAsync("hello");
            await bench.DeleteAsync("anew");

            // Not at once: a volume that is mounted anew is back soon.
            Assert.Equal(3, (await bench.ListAsync()).Count);
            await Eventually.HoldsAsync("both are let go", async _ => (await bench.ListAsync()).Count == 1, CloneBench.Soon, Token);
            await Eventually.HoldsAsync("the event", async _ => (await bench.EventsAsync()).Contains(EventReasons.NotRemoved), CloneBench.Soon, Token);
            await Eventually.True(
                () => running.Log.Split('\n').Count(line => line.Contains("its clone stays on the volume", StringComparison.Ordinal)) == 2, CloneBench.Soon, Token);

            // One made anew under the name need not wait for the old one's clone, and is told of the trouble.
            await bench.CreateAsync(repo => repo.Metadata.Name = "anew");
            await bench.SeeAsync(
                "the trouble is told", repo => CloneBench.Condition(repo, ConditionTypes.Reconciling)?.Reason == Reasons.StoreUnavailable, "anew");
        }

        await Eventually.True(() => !Path.Exists(bench.Clone()), CloneBench.Soon, Token);
        await Eventually.HoldsAsync(
            "it is counted", async token => await running.MetricAsync("coderepo_orphans_collected_total", token) is 1 or 2, CloneBench.Soon, Token);
        foreach (var name in new[] { "anew", "kept" })
        {
            var repo = await bench.SeeAsync("it is well", repo => Kstatus.Of(repo) == KstatusReading.Current, name);
            Assert.Equal(repo.Metadata.Uid, MarkerFile.Read(StoreLayout.Marker(bench.Clone(name)))!.Uid);
        }

        Assert.Equal(0, (await bench.GetAsync("kept")).Status!.Reclones);
    }

    /// <summary>The same volume, as a kernel leaves it after errors.</summary>
    private static async Task<Mount> ReadOnlyAsync(CloneBench bench)
    {
        var again = await Mount.BindAsync(bench.Store, bench.Store);
        await again.ChangeAsync("bind,ro");
        return again;
    }

    private static async Task<Mount> ForeignVolumeAsync(CloneBench bench)
    {
        // Filled before it is there: an empty one would be taken.
        var foreign = Directory.CreateDirectory($"{bench.Store}-foreign").FullName;
        await File.WriteAllTextAsync(Path.Combine(foreign, "somebody-elses.txt"), "data", Token);
        return await Mount.BindAsync(foreign, bench.Store);
    }

    private static async Task TakeOffByHandAsync(CloneBench bench, string name)
    {
        await bench.DeleteAsync(name);
        await bench.PatchAsync(new { metadata = new { finalizers = Array.Empty<string>() } }, name);
    }

    private static async Task CopyAsync(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        (await ProcessRunner.RunAsync("cp", ["-a", from, to], new Dictionary<string, string>(StringComparer.Ordinal), "", Token)).OutputOrThrow();
    }
}

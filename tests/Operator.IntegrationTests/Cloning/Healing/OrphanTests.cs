using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using k8s.Models;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>Clones of CodeRepos that went while nobody could take them away; and that no CodeRepo waits for that for ever.</summary>
[Trait("Category", "Slow")]
public sealed class OrphanTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_lost_its_CodeRepo_while_no_operator_ran_is_collected_and_all_else_stays()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var first = await fixture.StartReadyOperatorAsync();
        foreach (var name in new[] { "orphan", "kept", "anew", "paused" })
        {
            await fixture.CreateAsync(repo => repo.Metadata.Name = name);
            await fixture.SeeAsync("cloned", repo => repo.Status?.ClonedAt is not null, name);
        }

        await first.StopAsync(Token);
        await TakeOffByHandAsync(fixture, "orphan");
        await TakeOffByHandAsync(fixture, "anew");
        await fixture.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.Suspend) = ("anew", true));
        await fixture.PatchAsync(new { spec = new { suspend = true, depth = 7 } }, "paused");

        // Beside them what an operator of other namespaces has, and what nobody says is ours.
        await CopyAsync(fixture.Clone("orphan"), Path.Combine(fixture.Store, "elsewhere", "orphan"));
        await CopyAsync(fixture.Clone("orphan"), fixture.Clone("unmarked"));
        File.Delete(StoreLayout.Marker(fixture.Clone("unmarked")));
        var outside = Directory.CreateDirectory(fixture.Store + "-outside").FullName;
        await CopyAsync(fixture.Clone("orphan"), Path.Combine(outside, "orphan"));
        Directory.CreateSymbolicLink(fixture.Clone("link"), Path.Combine(outside, "orphan"));
        Directory.CreateSymbolicLink(Path.Combine(fixture.Store, "links"), outside);

        var second = await fixture.StartReadyOperatorAsync();

        await Eventually.HoldsAsync(
            "two are collected",
            async token => await second.MetricAsync("coderepo_orphans_collected_total", token) == 2,
            CloneFixture.Soon,
            Token
        );
        Assert.False(Path.Exists(fixture.Clone("orphan")) || Path.Exists(fixture.Clone("anew")));
        Assert.All(
            [
                fixture.Clone("kept"),
                fixture.Clone("paused"),
                fixture.Clone("unmarked"),
                fixture.Clone("link"),
                Path.Combine(fixture.Store, "elsewhere", "orphan"),
                Path.Combine(fixture.Store, "links", "orphan"),
            ],
            clone => Assert.True(File.Exists(Path.Combine(clone, "README.md")), clone)
        );
        Assert.Equal(2, second.Log.Split('\n').Count(line => line.Contains("there is no CodeRepo of uid", StringComparison.Ordinal)));
        Directory.Delete(outside, recursive: true);
    }

    [Theory]
    [InlineData("another volume")]
    [InlineData("read-only")]
    public async Task A_deleted_CodeRepo_does_not_wait_for_ever_for_a_volume_and_its_clone_is_collected_once_it_is_back(string trouble)
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await fixture.StartReadyOperatorAsync(("Store__RemovalPatience", "00:00:04"));
        foreach (var name in new[] { "hello", "anew", "kept" })
        {
            await fixture.CreateAsync(repo => repo.Metadata.Name = name);
            await fixture.SeeAsync("cloned", repo => repo.Status?.ClonedAt is not null, name);
        }

        await using (trouble == "read-only" ? await ReadOnlyAsync(fixture) : await ForeignVolumeAsync(fixture))
        {
            await fixture.DeleteAsync("hello");
            await fixture.DeleteAsync("anew");

            // Not at once: a volume that is mounted anew is back soon.
            Assert.Equal(3, (await fixture.ListAsync()).Count);
            await Eventually.HoldsAsync("both are let go", async _ => (await fixture.ListAsync()).Count == 1, CloneFixture.Soon, Token);
            await Eventually.HoldsAsync(
                "the event",
                async _ => (await fixture.EventsAsync()).Contains(EventReasons.NotRemoved),
                CloneFixture.Soon,
                Token
            );
            await Eventually.True(
                () => running.Log.Split('\n').Count(line => line.Contains("Its clone stays on the volume", StringComparison.Ordinal)) == 2,
                CloneFixture.Soon,
                Token
            );

            // One made anew under the name need not wait for the old one's clone, and is reported of the trouble.
            await fixture.CreateAsync(repo => repo.Metadata.Name = "anew");
            await fixture.SeeAsync(
                "the trouble is reported",
                repo => CloneFixture.Condition(repo, ConditionTypes.Reconciling)?.Reason == Reasons.StoreUnavailable,
                "anew"
            );
        }

        await Eventually.True(() => !Path.Exists(fixture.Clone()), CloneFixture.Soon, Token);
        await Eventually.HoldsAsync(
            "it is counted",
            async token => await running.MetricAsync("coderepo_orphans_collected_total", token) is 1 or 2,
            CloneFixture.Soon,
            Token
        );
        foreach (var name in new[] { "anew", "kept" })
        {
            var repo = await fixture.SeeAsync("it is well", repo => Kstatus.Of(repo) == KstatusReading.Current, name);
            Assert.Equal(repo.Metadata.Uid, MarkerFile.Read(StoreLayout.Marker(fixture.Clone(name)))!.Uid);
        }

        Assert.Equal(0, (await fixture.GetAsync("kept")).Status!.Reclones);
    }

    /// <summary>The same volume, as a kernel leaves it after errors.</summary>
    private static async Task<Mount> ReadOnlyAsync(CloneFixture fixture)
    {
        var again = await Mount.BindAsync(fixture.Store, fixture.Store);
        await again.ChangeAsync("bind,ro");
        return again;
    }

    private static async Task<Mount> ForeignVolumeAsync(CloneFixture fixture)
    {
        // Filled before it is there: an empty one would be taken.
        var foreign = Directory.CreateDirectory($"{fixture.Store}-foreign").FullName;
        await File.WriteAllTextAsync(Path.Combine(foreign, "somebody-elses.txt"), "data", Token);
        return await Mount.BindAsync(foreign, fixture.Store);
    }

    private static async Task TakeOffByHandAsync(CloneFixture fixture, string name)
    {
        await fixture.DeleteAsync(name);
        await fixture.PatchAsync(new { metadata = new { finalizers = Array.Empty<string>() } }, name);
    }

    private static async Task CopyAsync(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        (
            await ProcessRunner.RunAsync("cp", ["-a", from, to], new Dictionary<string, string>(StringComparer.Ordinal), "", Token)
        ).OutputOrThrow();
    }
}

using CodeRepoOperator.Entities;
using CodeRepoOperator.Machinery;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Cloning;

/// <summary>A CodeRepo with values of another type than the API has, which a CRD that was relaxed by hand lets in: it costs itself, and no other.</summary>
public abstract class UnreadableCodeRepoTests(KubeApiServer cluster)
{
    /// <summary>By a kube-apiserver.</summary>
    [Collection(nameof(OwnControlPlane))]
    public sealed class OnAnApiServer(OwnControlPlane plane) : UnreadableCodeRepoTests(plane.Cluster);

    /// <summary>As Kubernetes 1.36 does it.</summary>
    [Collection(nameof(Kubernetes136))]
    public sealed class On136(Kubernetes136 kubernetes) : UnreadableCodeRepoTests(kubernetes.Cluster)
    {
        [Fact]
        public async Task One_that_the_CRD_does_not_take_any_more_is_told_by_an_event_and_can_be_changed_elsewhere_mended_and_deleted()
        {
            await using var bench = await CloneBench.StartAsync(Cluster);
            await bench.CreateAsync();
            await bench.CreateAsync(repo => repo.Metadata.Name = "other");
            await using (await CustomResourceDefinition.RelaxAsync(Cluster, bench.Namespace))
            {
                await bench.PatchAsync(new { spec = new { depth = "x" } });
                await bench.PatchAsync(new { spec = new { depth = "x" } }, "other");
            }

            var running = await bench.StartReadyOperatorAsync();
            await bench.CreateAsync(repo => repo.Metadata.Name = "good");

            await bench.SeeAsync("a clone", repo => repo.Status?.Commit is not null, "good");
            await SeeEventAsync(bench, "hello");
            await SeeEventAsync(bench, "other");
            await bench.PatchAsync(new { metadata = new { labels = new { team = "search" } } });
            await PatchStatusAsync(Cluster, bench, "hello", new { lastHandledReconcileAt = "by hand" });
            Assert.Equal(("search", "by hand"), await bench.GetAsync() is var repo ? (repo.Metadata.Labels["team"], repo.Status!.LastHandledReconcileAt) : default);
            await bench.PatchAsync(new { spec = new { depth = 1 } }, "other");
            await bench.SeeAsync("a clone", repo => repo.Status?.Commit is not null, "other");
            await bench.DeleteAsync();
            await Eventually.HoldsAsync("hello is gone", async _ => (await bench.ListAsync()).All(repo => repo.Metadata.Name != "hello"), CloneBench.Soon, Token);
            Assert.Equal(1, Count(running.Log, $"{bench.Namespace}/hello", "spec.depth has a value"));
        }
    }

    private KubeApiServer Cluster { get; } = cluster;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_costs_itself_whether_it_is_watched_or_listed_and_is_taken_up_once_it_is_mended()
    {
        await using var bench = await CloneBench.StartAsync(Cluster);
        await using var definition = await CustomResourceDefinition.RelaxAsync(Cluster, bench.Namespace);
        var running = await bench.StartReadyOperatorAsync();
        foreach (var name in new[] { "hello", "other", "orphan" })
        {
            await bench.CreateAsync(repo => repo.Metadata.Name = name);
        }

        foreach (var name in new[] { "hello", "other", "orphan" })
        {
            await bench.SeeAsync("a clone", repo => repo.Status?.Commit is not null, name);
        }

        // Watched.
        await bench.PatchAsync(new { spec = new { depth = "x" } });
        var told = await bench.SeeConditionAsync(ConditionTypes.Stalled, "True", Reasons.InvalidSpec);
        Assert.StartsWith("spec.depth has a value of another type", CloneBench.Condition(told, ConditionTypes.Stalled)!.Message, StringComparison.Ordinal);
        await SeeEventAsync(bench, "hello");
        await bench.CreateAsync(repo => repo.Metadata.Name = "later");
        await bench.SeeAsync("a clone", repo => repo.Status?.Commit is not null, "later");
        Assert.Equal(1, Count(running.Log, $"{bench.Namespace}/hello", "spec.depth has a value"));

        // Listed, by an operator that also looks for clones of nobody.
        Assert.Equal(0, await running.StopAsync(Token));
        await bench.PatchAsync(new { metadata = new { finalizers = Array.Empty<string>() } }, "orphan");
        await bench.DeleteAsync("orphan");
        await PatchStatusAsync(Cluster, bench, "other", new { conditions = "x" });
        await bench.StartReadyOperatorAsync();
        await Eventually.True(() => !Directory.Exists(bench.Clone("orphan")), CloneBench.Soon, Token);
        await bench.SeeAsync(
            "its status is whole again", repo => CloneBench.Condition(repo, ConditionTypes.Ready) is { Status: "True", Reason: Reasons.Cloned }, "other");
        Assert.True(Directory.Exists(bench.Clone()));

        // Mended.
        await bench.PatchAsync(new { spec = new { depth = 1 } });
        var mended = await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        Assert.Null(CloneBench.Condition(mended, ConditionTypes.Stalled));

        // Deleted while it can't be read.
        await bench.PatchAsync(new { spec = new { depth = new { } } });
        await bench.SeeConditionAsync(ConditionTypes.Stalled, "True", Reasons.InvalidSpec);
        await bench.DeleteAsync();
        await Eventually.HoldsAsync("hello is gone", async _ => (await bench.ListAsync()).All(repo => repo.Metadata.Name != "hello"), CloneBench.Soon, Token);
        Assert.False(Directory.Exists(bench.Clone()));
    }

    private static Task SeeEventAsync(CloneBench bench, string name) => Eventually.HoldsAsync(
        "an event tells of it", async _ => (await bench.EventsAsync(name)).Contains(EventReasons.CloneFailed), CloneBench.Soon, Token);

    private static async Task PatchStatusAsync(KubeApiServer cluster, CloneBench bench, string name, object status)
        => await cluster.Admin.CustomObjects.PatchNamespacedCustomObjectStatusAsync(
            new V1Patch(new { status }, V1Patch.PatchType.MergePatch), CodeRepo.Group, CodeRepo.Version, bench.Namespace, CodeRepo.Plural, name, cancellationToken: Token);

    private static int Count(string log, params string[] words)
        => log.Split('\n').Count(line => words.All(word => line.Contains(word, StringComparison.Ordinal)));
}

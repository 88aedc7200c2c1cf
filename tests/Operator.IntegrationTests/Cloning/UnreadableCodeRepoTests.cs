using CodeRepoOperator.Entities;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Cloning;

/// <summary>
/// A CodeRepo with values of another type than the API has, which a CRD that was relaxed by hand lets in: it costs itself, and no other.
/// </summary>
public abstract class UnreadableCodeRepoTests(KubeApiServer cluster)
{
    /// <summary>By a kube-apiserver.</summary>
    [Trait("Category", "Slow")]
    [Collection(nameof(OwnControlPlane))]
    public sealed class OnAnApiServer(OwnControlPlane plane) : UnreadableCodeRepoTests(plane.Cluster);

    /// <summary>As Kubernetes 1.36 does it.</summary>
    [Trait("Category", "Slow")]
    [Collection(nameof(Kubernetes136))]
    public sealed class On136(Kubernetes136 kubernetes) : UnreadableCodeRepoTests(kubernetes.Cluster)
    {
        [Fact]
        public async Task One_that_the_CRD_does_not_take_any_more_is_reported_by_an_event_and_can_be_changed_elsewhere_mended_and_deleted()
        {
            await using var fixture = await CloneFixture.StartAsync(Cluster);
            await fixture.CreateAsync();
            await fixture.CreateAsync(repo => repo.Metadata.Name = "other");
            await using (await CustomResourceDefinition.RelaxAsync(Cluster, fixture.Namespace))
            {
                await fixture.PatchAsync(new { spec = new { depth = "x" } });
                await fixture.PatchAsync(new { spec = new { depth = "x" } }, "other");
            }

            var running = await fixture.StartReadyOperatorAsync();
            await fixture.CreateAsync(repo => repo.Metadata.Name = "good");

            await fixture.SeeAsync("a clone", repo => repo.Status?.Commit is not null, "good");
            await SeeEventAsync(fixture, "hello");
            await SeeEventAsync(fixture, "other");
            await fixture.PatchAsync(new { metadata = new { labels = new { team = "search" } } });
            await PatchStatusAsync(Cluster, fixture, "hello", new { lastHandledReconcileAt = "by hand" });
            Assert.Equal(
                ("search", "by hand"),
                await fixture.GetAsync() is var repo ? (repo.Metadata.Labels["team"], repo.Status!.LastHandledReconcileAt) : default
            );
            await fixture.PatchAsync(new { spec = new { depth = 1 } }, "other");
            await fixture.SeeAsync("a clone", repo => repo.Status?.Commit is not null, "other");
            await fixture.DeleteAsync();
            await Eventually.HoldsAsync(
                "hello is gone",
                async _ => (await fixture.ListAsync()).All(repo => repo.Metadata.Name != "hello"),
                CloneFixture.Soon,
                Token
            );
            Assert.Equal(1, Count(running.Log, $"{fixture.Namespace}/hello", "spec.depth has a value"));
        }
    }

    private KubeApiServer Cluster { get; } = cluster;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_costs_itself_whether_it_is_watched_or_listed_and_is_taken_up_once_it_is_mended()
    {
        await using var fixture = await CloneFixture.StartAsync(Cluster);
        await using var definition = await CustomResourceDefinition.RelaxAsync(Cluster, fixture.Namespace);
        var running = await fixture.StartReadyOperatorAsync();
        foreach (var name in new[] { "hello", "other", "orphan" })
        {
            await fixture.CreateAsync(repo => repo.Metadata.Name = name);
        }

        foreach (var name in new[] { "hello", "other", "orphan" })
        {
            await fixture.SeeAsync("a clone", repo => repo.Status?.Commit is not null, name);
        }

        // Watched.
        await fixture.PatchAsync(new { spec = new { depth = "x" } });
        var reported = await fixture.SeeConditionAsync(ConditionTypes.Stalled, "True", Reasons.InvalidSpec);
        Assert.StartsWith(
            "spec.depth has a value of another type",
            CloneFixture.Condition(reported, ConditionTypes.Stalled)!.Message,
            StringComparison.Ordinal
        );
        await SeeEventAsync(fixture, "hello");
        await fixture.CreateAsync(repo => repo.Metadata.Name = "later");
        await fixture.SeeAsync("a clone", repo => repo.Status?.Commit is not null, "later");
        Assert.Equal(1, Count(running.Log, $"{fixture.Namespace}/hello", "spec.depth has a value"));

        // Listed, by an operator that also looks for clones of nobody.
        Assert.Equal(0, await running.StopAsync(Token));
        await fixture.PatchAsync(new { metadata = new { finalizers = Array.Empty<string>() } }, "orphan");
        await fixture.DeleteAsync("orphan");
        await PatchStatusAsync(Cluster, fixture, "other", new { conditions = "x" });
        await fixture.StartReadyOperatorAsync();
        await Eventually.True(() => !Directory.Exists(fixture.Clone("orphan")), CloneFixture.Soon, Token);
        await fixture.SeeAsync(
            "its status is whole again",
            repo => CloneFixture.Condition(repo, ConditionTypes.Ready) is { Status: "True", Reason: Reasons.Cloned },
            "other"
        );
        Assert.True(Directory.Exists(fixture.Clone()));

        // Mended.
        await fixture.PatchAsync(new { spec = new { depth = 1 } });
        var mended = await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        Assert.Null(CloneFixture.Condition(mended, ConditionTypes.Stalled));

        // Deleted while it can't be read.
        await fixture.PatchAsync(new { spec = new { depth = new { } } });
        await fixture.SeeConditionAsync(ConditionTypes.Stalled, "True", Reasons.InvalidSpec);
        await fixture.DeleteAsync();
        await Eventually.HoldsAsync(
            "hello is gone",
            async _ => (await fixture.ListAsync()).All(repo => repo.Metadata.Name != "hello"),
            CloneFixture.Soon,
            Token
        );
        Assert.False(Directory.Exists(fixture.Clone()));
    }

    private static Task SeeEventAsync(CloneFixture fixture, string name) =>
        Eventually.HoldsAsync(
            "an event reports it",
            async _ => (await fixture.EventsAsync(name)).Contains(EventReasons.CloneFailed),
            CloneFixture.Soon,
            Token
        );

    private static async Task PatchStatusAsync(KubeApiServer cluster, CloneFixture fixture, string name, object status) =>
        await cluster.Admin.CustomObjects.PatchNamespacedCustomObjectStatusAsync(
            new V1Patch(new { status }, V1Patch.PatchType.MergePatch),
            CodeRepo.Group,
            CodeRepo.Version,
            fixture.Namespace,
            CodeRepo.Plural,
            name,
            cancellationToken: Token
        );

    private static int Count(string log, params string[] words) =>
        log.Split('\n').Count(line => words.All(word => line.Contains(word, StringComparison.Ordinal)));
}

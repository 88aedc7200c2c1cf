using CodeRepoOperator.Entities;
using CodeRepoOperator.Machinery;
using GitServer;

namespace CodeRepoOperator.Cloning.Races;

/// <summary>Somebody takes the finalizer off by hand.</summary>
public sealed class FinalizerByHandTests(KubeApiServer cluster)
{
    private static readonly object WithoutFinalizers = new { metadata = new { finalizers = Array.Empty<string>() } };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_a_live_CodeRepo_it_is_put_back_and_of_a_deleted_one_nothing_is_left()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        using var gate = new ManualResetEventSlim();
        bench.Server.Fault = request =>
        {
            var hangs = request.Path.StartsWithSegments("/hanging.git", StringComparison.Ordinal) && GitHttpServer.StageOf(request) == RequestStage.Fetch;
            if (hangs)
            {
                gate.Set();
            }

            return hangs ? new RequestFault { HangAfter = 100 } : null;
        };
        var running = await bench.StartReadyOperatorAsync();
        await bench.CreateAsync();
        var before = await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);

        // Others' stay.
        await bench.PatchAsync(new { metadata = new { finalizers = new[] { "example.com/theirs" } } });
        await bench.SeeAsync(
            "both", repo => repo.Metadata.Finalizers?.Order(StringComparer.Ordinal).SequenceEqual([CodeRepo.CloneFinalizer, "example.com/theirs"]) == true);
        await bench.PatchAsync(WithoutFinalizers);
        var after = await bench.SeeAsync("it is put back", repo => repo.Metadata.Finalizers?.SequenceEqual([CodeRepo.CloneFinalizer]) == true);
        Assert.Equal(k8s.KubernetesJson.Serialize(before.Status), k8s.KubernetesJson.Serialize(after.Status));

        // Of a CodeRepo whose clone is being made.
        File.CreateSymbolicLink(Path.Combine(Path.GetDirectoryName(bench.Project.Bare)!, "hanging.git"), bench.Project.Bare);
        await bench.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.GitUrl) = ("hanging", bench.Server.UrlOf("hanging.git")));
        await Eventually.True(() => gate.IsSet, CloneBench.Soon, Token);
        await bench.PatchAsync(new { metadata = new { finalizers = new[] { "example.com/theirs" } } }, "hanging");
        await bench.DeleteAsync("hanging");
        await bench.PatchAsync(WithoutFinalizers, "hanging");
        await Eventually.HoldsAsync(
            "its clone is ended",
            async token => await running.MetricAsync("coderepo_clones_in_progress", token) == 0
                && Directory.GetFileSystemEntries(Path.Combine(bench.Store, ".coderepo", "tmp")).Length == 0,
            CloneBench.Soon,
            Token);

        // Of one with a clone, while another's finalizer keeps it.
        await bench.PatchAsync(new { metadata = new { finalizers = new[] { CodeRepo.CloneFinalizer, "example.com/theirs" } } });
        await bench.DeleteAsync();
        await bench.SeeAsync("only theirs is left", repo => repo.Metadata.Finalizers?.SequenceEqual(["example.com/theirs"]) == true);
        await Eventually.True(() => !Path.Exists(bench.Clone()), CloneBench.Soon, Token);
        await bench.PatchAsync(WithoutFinalizers);
        await Eventually.HoldsAsync("all are gone", async _ => (await bench.ListAsync()).Count == 0, CloneBench.Soon, Token);
        Assert.False(Path.Exists(bench.Clone("hanging")) || Path.Exists(bench.Clone()));
        Assert.Equal((1, 0, 0), (
            await running.MetricAsync("coderepo_repos_cloned_total", Token),
            await running.MetricAsync("coderepo_repos_recloned_total{reason=\"FolderMissing\"}", Token),
            await running.MetricAsync("coderepo_reconcile_total{result=\"error\"}", Token)));
    }
}

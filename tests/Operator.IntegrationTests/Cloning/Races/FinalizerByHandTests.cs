using CodeRepoOperator.Entities;
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
        await using var fixture = await CloneFixture.StartAsync(cluster);
        using var gate = new ManualResetEventSlim();
        fixture.Server.Fault = request =>
        {
            var hangs =
                request.Path.StartsWithSegments("/hanging.git", StringComparison.Ordinal)
                && GitHttpServer.StageOf(request) == RequestStage.Fetch;
            if (hangs)
            {
                gate.Set();
            }

            return hangs ? new RequestFault { HangAfter = 100 } : null;
        };
        var running = await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        var before = await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);

        // Others' stay.
        await fixture.PatchAsync(new { metadata = new { finalizers = new[] { "example.com/theirs" } } });
        await fixture.SeeAsync("both", repo =>
            repo.Metadata.Finalizers?.Order(StringComparer.Ordinal).SequenceEqual([CodeRepo.CloneFinalizer, "example.com/theirs"]) == true
        );
        await fixture.PatchAsync(WithoutFinalizers);
        var after = await fixture.SeeAsync("it is put back", repo =>
            repo.Metadata.Finalizers?.SequenceEqual([CodeRepo.CloneFinalizer]) == true
        );
        Assert.Equal(k8s.KubernetesJson.Serialize(before.Status), k8s.KubernetesJson.Serialize(after.Status));

        // Of a CodeRepo whose clone is being made.
        File.CreateSymbolicLink(Path.Combine(Path.GetDirectoryName(fixture.Project.Bare)!, "hanging.git"), fixture.Project.Bare);
        await fixture.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.GitUrl) = ("hanging", fixture.Server.UrlOf("hanging.git")));
        await Eventually.True(() => gate.IsSet, CloneFixture.Soon, Token);
        await fixture.PatchAsync(new { metadata = new { finalizers = new[] { "example.com/theirs" } } }, "hanging");
        await fixture.DeleteAsync("hanging");
        await fixture.PatchAsync(WithoutFinalizers, "hanging");
        await Eventually.HoldsAsync(
            "its clone is ended",
            async token =>
                await running.MetricAsync("coderepo_clones_in_progress", token) == 0
                && Directory.GetFileSystemEntries(Path.Combine(fixture.Store, ".coderepo", "tmp")).Length == 0,
            CloneFixture.Soon,
            Token
        );

        // Of one with a clone, while another's finalizer keeps it.
        await fixture.PatchAsync(new { metadata = new { finalizers = new[] { CodeRepo.CloneFinalizer, "example.com/theirs" } } });
        await fixture.DeleteAsync();
        await fixture.SeeAsync("only theirs is left", repo => repo.Metadata.Finalizers?.SequenceEqual(["example.com/theirs"]) == true);
        await Eventually.True(() => !Path.Exists(fixture.Clone()), CloneFixture.Soon, Token);
        await fixture.PatchAsync(WithoutFinalizers);
        await Eventually.HoldsAsync("all are gone", async _ => (await fixture.ListAsync()).Count == 0, CloneFixture.Soon, Token);
        Assert.False(Path.Exists(fixture.Clone("hanging")) || Path.Exists(fixture.Clone()));
        Assert.Equal(
            (1, 0, 0),
            (
                await running.MetricAsync("coderepo_repos_cloned_total", Token),
                await running.MetricAsync("coderepo_repos_recloned_total{reason=\"FolderMissing\"}", Token),
                await running.MetricAsync("coderepo_reconcile_total{result=\"error\"}", Token)
            )
        );
    }
}

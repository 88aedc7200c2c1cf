using System.Net;
using CodeRepoOperator.Entities;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Watching;

/// <summary>The whole operator while its API server is away, and while CodeRepos are no kind of object any more.</summary>
[Collection(nameof(OwnControlPlane))]
[Trait("Category", "Slow")]
public sealed class OperatorOutageTests(OwnControlPlane plane)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_outlives_an_API_server_that_hangs_dies_and_forgets_and_catches_up_with_all_that_changed()
    {
        await using var way = new TcpProxy(plane.Cluster.Port);
        await using var fixture = await CloneFixture.StartAsync(plane.Cluster, way.Port);
        var running = await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        await fixture.CreateAsync(repo => repo.Metadata.Name = "stays");
        await fixture.SeeAsync("a clone", repo => repo.Status?.Commit is not null);
        await fixture.SeeAsync("a clone", repo => repo.Status?.Commit is not null, "stays");

        way.Hang();
        await fixture.PatchAsync(new { metadata = new { finalizers = Array.Empty<string>() } });
        await fixture.DeleteAsync();
        await plane.CompactAsync(Token);
        await plane.RestartApiServerAsync();
        await Eventually.True(() => running.Log.Contains("has run out", StringComparison.Ordinal), CloneFixture.Soon, Token);
        await fixture.CreateAsync(repo => repo.Metadata.Name = "new");
        Assert.True(Directory.Exists(fixture.Clone()));
        Assert.Equal(HttpStatusCode.OK, (await running.GetAsync("/healthz", Token)).Status);
        Assert.InRange((await running.MetricAsync("coderepo_watch_age_seconds", Token))!.Value, 3, 60);
        way.Resume();

        await fixture.SeeAsync("a clone", repo => repo.Status?.Commit is not null, "new");
        await Eventually.True(() => !Directory.Exists(fixture.Clone()), CloneFixture.Soon, Token);
        Assert.True(Directory.Exists(fixture.Clone("stays")));
        await running.WhenReadyAsync(Token);
        Assert.InRange(Count(running.Log, " warn "), 1, 8);
        Assert.Equal(1, Count(running.Log, $"Watching coderepos in {fixture.Namespace} again"));
        Assert.DoesNotContain(" fail ", running.Log, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Soak")]
    public async Task It_outlives_an_API_server_that_is_away_for_minutes_and_says_so_once()
    {
        await using var way = new TcpProxy(plane.Cluster.Port);
        await using var fixture = await CloneFixture.StartAsync(plane.Cluster, way.Port);
        var running = await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        await fixture.SeeAsync("a clone", repo => repo.Status?.Commit is not null);

        way.Hang();
        await Eventually.SeeAsync(
            "three minutes have passed",
            token => running.MetricAsync("coderepo_watch_age_seconds", token),
            age => age > 180,
            TimeSpan.FromMinutes(4),
            Token
        );
        Assert.Equal(HttpStatusCode.OK, (await running.GetAsync("/healthz", Token)).Status);
        await fixture.CreateAsync(repo => repo.Metadata.Name = "new");
        way.Resume();

        await fixture.SeeAsync("a clone", repo => repo.Status?.Commit is not null, "new");
        Assert.InRange(Count(running.Log, " warn "), 1, 8);
        Assert.Equal(1, Count(running.Log, $"Watching coderepos in {fixture.Namespace} again"));
    }

    [Fact]
    public async Task It_goes_on_when_the_CRD_is_deleted_and_made_again()
    {
        await ReleaseAllAsync();
        await using var fixture = await CloneFixture.StartAsync(plane.Cluster);
        var running = await fixture.StartReadyOperatorAsync();
        var first = await fixture.CreateAsync();
        await fixture.SeeAsync("a clone", repo => repo.Status?.Commit is not null);

        await plane.Cluster.Admin.ApiextensionsV1.DeleteCustomResourceDefinitionAsync(
            $"{CodeRepo.Plural}.{CodeRepo.Group}",
            cancellationToken: Token
        );
        await Eventually.True(() => !Directory.Exists(fixture.Clone()), CloneFixture.Soon, Token);
        await Eventually.True(() => running.Log.Contains(" 404 ", StringComparison.Ordinal), CloneFixture.Soon, Token);
        Assert.Equal(HttpStatusCode.OK, (await running.GetAsync("/healthz", Token)).Status);

        // One that is made again before kube-apiserver has put the old one's API away may end up without any.
        await Eventually.HoldsAsync(
            "its API is gone",
            async token =>
                (await plane.Cluster.Admin.ApiregistrationV1.ListAPIServiceAsync(cancellationToken: token)).Items.All(api =>
                    api.Spec.Group != CodeRepo.Group
                ),
            CloneFixture.Soon,
            Token
        );
        await plane.Cluster.ApplyAsync(Checkout.PathOf("config/crd"), Token);
        var second = await Eventually.SeeAsync("a CodeRepo can be made", _ => fixture.CreateAsync(), _ => true, CloneFixture.Soon, Token);

        Assert.NotEqual(first.Metadata.Uid, second.Metadata.Uid);
        await fixture.SeeAsync("a clone", repo => repo.Status?.Commit is not null);
        Assert.True(Directory.Exists(fixture.Clone()));
        Assert.Equal(1, Count(running.Log, " 404 "));
        Assert.Equal(HttpStatusCode.OK, (await running.GetAsync("/healthz", Token)).Status);
    }

    /// <summary>Takes the finalizers off what other tests left: without an operator there it would keep the CRD for ever.</summary>
    private async Task ReleaseAllAsync()
    {
        var repos = await plane.Cluster.Admin.CustomObjects.ListClusterCustomObjectAsync<KubernetesList<CodeRepo>>(
            CodeRepo.Group,
            CodeRepo.Version,
            CodeRepo.Plural,
            cancellationToken: Token
        );
        foreach (var repo in repos.Items)
        {
            await plane.Cluster.Admin.CustomObjects.PatchNamespacedCustomObjectAsync(
                new V1Patch(new { metadata = new { finalizers = Array.Empty<string>() } }, V1Patch.PatchType.MergePatch),
                CodeRepo.Group,
                CodeRepo.Version,
                repo.Metadata.NamespaceProperty,
                CodeRepo.Plural,
                repo.Metadata.Name,
                cancellationToken: Token
            );
        }
    }

    private static int Count(string log, string text) => log.Split('\n').Count(line => line.Contains(text, StringComparison.Ordinal));
}

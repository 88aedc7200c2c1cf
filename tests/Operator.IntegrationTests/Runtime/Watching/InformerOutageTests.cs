using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Watching;

/// <summary>The informer while the API server and etcd are killed, restored, compacted, and take its rights away.</summary>
[Collection(nameof(OwnControlPlane))]
[Trait("Category", "Slow")]
public sealed class InformerOutageTests(OwnControlPlane plane)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_a_kill_of_the_API_server_it_goes_on_where_it_was_and_reported_the_outage_once()
    {
        await using var fixture = await InformerFixture.CreateAsync(plane.Cluster);
        await fixture.StartAsync();

        await plane.KillApiServerAsync();
        await Eventually.HoldsAsync(
            "it has tried in vain, more and more rarely",
            async _ => await fixture.FailuresAsync() >= 3,
            InformerFixture.Soon,
            Token
        );
        Assert.True(fixture.Informer.Age > TimeSpan.FromSeconds(2));
        await plane.StartApiServerAsync();
        await fixture.AddAsync("afterwards");
        await fixture.DeleteAsync("of-the-start");

        await fixture.SeeAsync("afterwards");
        await fixture.SeeGoneAsync("of-the-start");
        await fixture.SeeRecoveryAsync();

        // That the connection ended, that there is none to be had, and perhaps that the server is not quite up yet.
        Assert.InRange(fixture.Warnings.Count, 1, 4);
        Assert.Equal(fixture.Warnings.Distinct(), fixture.Warnings);
        Assert.Matches("again, after [0-9]+ failed attempts", fixture.Recoveries[0]);
        Assert.True(fixture.Informer.Age < TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task A_version_that_is_gone_leads_to_a_list_that_shows_what_was_deleted_meanwhile()
    {
        await using var fixture = await InformerFixture.CreateAsync(plane.Cluster);
        await fixture.StartAsync();

        fixture.Proxy.Hang();
        await fixture.DeleteAsync("of-the-start");
        await fixture.AddAsync("meanwhile");
        await plane.CompactAsync(Token);
        await plane.RestartApiServerAsync();
        fixture.Proxy.Resume();

        await fixture.SeeAsync("meanwhile");
        await fixture.SeeGoneAsync("of-the-start");
        Assert.NotNull(fixture.Cache.FindDeleted(new NamespacedName(fixture.Namespace, "of-the-start")));
        Assert.Contains(fixture.Log.Entries, entry => entry.Text.Contains("(410); listing again", StringComparison.Ordinal));
        Assert.Equal(2, fixture.Way.Requests.Count(InformerRequests.IsWholeList));
        await fixture.SeeRecoveryAsync();
    }

    [Fact]
    public async Task A_version_that_is_gone_between_two_pages_of_a_list_is_no_trouble()
    {
        await using var fixture = await InformerFixture.CreateAsync(plane.Cluster);
        foreach (var name in new[] { "one", "two", "three" })
        {
            await fixture.AddAsync(name);
        }

        var compacted = false;
        fixture.Way.Before = async request =>
        {
            if (request.Contains("continue=", StringComparison.Ordinal) && !compacted)
            {
                compacted = true;
                await fixture.AddAsync("four");
                await plane.CompactAsync(Token);
            }
        };
        var reader = new EntityReader<CodeRepo>(fixture.Kubernetes) { PageSize = 2 };

        var list = await reader.ListAsync(fixture.Namespace, Token);

        Assert.True(compacted);
        Assert.Equal(["four", "one", "three", "two"], list.Entities.Select(repo => repo.Metadata.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_etcd_restored_from_a_backup_is_taken_in_anew()
    {
        await using var fixture = await InformerFixture.CreateAsync(plane.Cluster);
        await fixture.StartAsync();
        var backup = await plane.BackUpAsync();
        await fixture.AddAsync("lost-by-the-restore");
        await fixture.SeeAsync("lost-by-the-restore");

        await plane.RestoreAsync(backup);

        await fixture.SeeGoneAsync("lost-by-the-restore");
        Assert.NotNull(fixture.Find("of-the-start"));
        await fixture.AddAsync("after-the-restore");
        await fixture.SeeAsync("after-the-restore");
    }

    [Fact]
    public async Task Rights_that_are_taken_away_and_given_back_are_reported_once_each()
    {
        const string Binding = "coderepo-operator-coderepos";
        await using var fixture = await InformerFixture.CreateAsync(plane.Cluster);
        await fixture.StartAsync();
        var rbac = plane.Cluster.Admin.RbacAuthorizationV1;
        var binding = await rbac.ReadClusterRoleBindingAsync(Binding, cancellationToken: Token);

        await rbac.DeleteClusterRoleBindingAsync(Binding, cancellationToken: Token);
        try
        {
            // The API server asks for rights only when a watch begins.
            fixture.Proxy.Cut();
            await Eventually.HoldsAsync("it was refused", async _ => await fixture.FailuresAsync() >= 3, InformerFixture.Soon, Token);
        }
        finally
        {
            binding.Metadata.ResourceVersion = null;
            await rbac.CreateClusterRoleBindingAsync(binding, cancellationToken: CancellationToken.None);
        }

        await fixture.AddAsync("afterwards");
        await fixture.SeeAsync("afterwards");
        await fixture.SeeRecoveryAsync();
        Assert.Single(fixture.Warnings, warning => warning.Contains("403", StringComparison.Ordinal));
        Assert.Equal(2, fixture.Warnings.Count);
    }
}

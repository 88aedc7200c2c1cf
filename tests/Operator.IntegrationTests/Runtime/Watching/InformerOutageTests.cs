using CodeRepoOperator.Entities;
using CodeRepoOperator.Machinery;
using CodeRepoOperator.Runtime.Client;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Watching;

/// <summary>The informer while the API server and etcd are killed, restored, compacted, and take its rights away.</summary>
[Collection(nameof(OwnControlPlane))]
public sealed class InformerOutageTests(OwnControlPlane plane)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_a_kill_of_the_API_server_it_goes_on_where_it_was_and_told_the_outage_once()
    {
        await using var bench = await InformerBench.CreateAsync(plane.Cluster);
        await bench.StartAsync();

        await plane.KillApiServerAsync();
        await Eventually.HoldsAsync(
            "it has tried in vain, more and more rarely", async _ => await bench.FailuresAsync() >= 3, InformerBench.Soon, Token);
        Assert.True(bench.Informer.Age > TimeSpan.FromSeconds(2));
        await plane.StartApiServerAsync();
        await bench.AddAsync("afterwards");
        await bench.DeleteAsync("of-the-start");

        await bench.SeeAsync("afterwards");
        await bench.SeeGoneAsync("of-the-start");
        await bench.SeeRecoveryAsync();

        // That the connection ended, that there is none to be had, and perhaps that the server is not quite up yet.
        Assert.InRange(bench.Warnings.Count, 1, 4);
        Assert.Equal(bench.Warnings.Distinct(), bench.Warnings);
        Assert.Matches("again, after [0-9]+ failed attempts", bench.Recoveries[0]);
        Assert.True(bench.Informer.Age < TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task A_version_that_is_gone_leads_to_a_list_that_shows_what_was_deleted_meanwhile()
    {
        await using var bench = await InformerBench.CreateAsync(plane.Cluster);
        await bench.StartAsync();

        bench.Proxy.Hang();
        await bench.DeleteAsync("of-the-start");
        await bench.AddAsync("meanwhile");
        await plane.CompactAsync(Token);
        await plane.RestartApiServerAsync();
        bench.Proxy.Resume();

        await bench.SeeAsync("meanwhile");
        await bench.SeeGoneAsync("of-the-start");
        Assert.NotNull(bench.Cache.FindDeleted(new NamespacedName(bench.Namespace, "of-the-start")));
        Assert.Contains(bench.Log.Entries, entry => entry.Text.Contains("(410); taking in a list", StringComparison.Ordinal));
        Assert.Equal(2, bench.Way.Requests.Count(InformerRequests.IsWholeList));
        await bench.SeeRecoveryAsync();
    }

    [Fact]
    public async Task A_version_that_is_gone_between_two_pages_of_a_list_is_no_trouble()
    {
        await using var bench = await InformerBench.CreateAsync(plane.Cluster);
        foreach (var name in new[] { "one", "two", "three" })
        {
            await bench.AddAsync(name);
        }

        var compacted = false;
        bench.Way.Before = async request =>
        {
            if (request.Contains("continue=", StringComparison.Ordinal) && !compacted)
            {
                compacted = true;
                await bench.AddAsync("four");
                await plane.CompactAsync(Token);
            }
        };
        var reader = new EntityReader<CodeRepo>(bench.Kubernetes) { PageSize = 2 };

        var list = await reader.ListAsync(bench.Namespace, Token);

        Assert.True(compacted);
        Assert.Equal(["four", "one", "three", "two"], list.Entities.Select(repo => repo.Metadata.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_etcd_restored_from_a_backup_is_taken_in_anew()
    {
        await using var bench = await InformerBench.CreateAsync(plane.Cluster);
        await bench.StartAsync();
        var backup = await plane.BackUpAsync();
        await bench.AddAsync("lost-by-the-restore");
        await bench.SeeAsync("lost-by-the-restore");

        await plane.RestoreAsync(backup);

        await bench.SeeGoneAsync("lost-by-the-restore");
        Assert.NotNull(bench.Find("of-the-start"));
        await bench.AddAsync("after-the-restore");
        await bench.SeeAsync("after-the-restore");
    }

    [Fact]
    public async Task Rights_that_are_taken_away_and_given_back_are_told_once_each()
    {
        const string Binding = "coderepo-operator-coderepos";
        await using var bench = await InformerBench.CreateAsync(plane.Cluster);
        await bench.StartAsync();
        var rbac = plane.Cluster.Admin.RbacAuthorizationV1;
        var binding = await rbac.ReadClusterRoleBindingAsync(Binding, cancellationToken: Token);

        await rbac.DeleteClusterRoleBindingAsync(Binding, cancellationToken: Token);
        try
        {
            // The API server asks for rights only when a watch begins.
            bench.Proxy.Cut();
            await Eventually.HoldsAsync("it was refused", async _ => await bench.FailuresAsync() >= 3, InformerBench.Soon, Token);
        }
        finally
        {
            binding.Metadata.ResourceVersion = null;
            await rbac.CreateClusterRoleBindingAsync(binding, cancellationToken: CancellationToken.None);
        }

        await bench.AddAsync("afterwards");
        await bench.SeeAsync("afterwards");
        await bench.SeeRecoveryAsync();
        Assert.Single(bench.Warnings, warning => warning.Contains("403", StringComparison.Ordinal));
        Assert.Equal(2, bench.Warnings.Count);
    }
}

using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Machinery;
using CodeRepoOperator.Remotes.Files;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>A namespace takes no more of the volume than its quota, and others have their clones meanwhile.</summary>
public sealed class QuotaTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Thousands_of_empty_files_in_a_pack_of_kilobytes_leave_the_inodes_to_others()
    {
        await using var bench = await StoreBench.StartAsync(cluster);
        await using var volume = await Mount.TmpfsAsync(bench.Root, "size=256m,nr_inodes=20000");
        await ManyFilesAsync(await bench.Remote.ProjectAsync("many.git"), 15_000);
        await (await bench.Remote.ProjectAsync()).CommitAsync("README.md", "hello\n");

        var hostile = await bench.EnsureAsync(Want(bench, "hostile", "many", "many.git"), Token);
        var good = await bench.EnsureAsync(Want(bench, "good", "hello", "project.git"), Token);

        Assert.Equal(Reasons.QuotaExceeded, hostile.Failure?.Reason);
        Assert.Null(good.Failure);
        Assert.True(VolumeSpace.Of(bench.Root).FreeInodes > 19_000);
        Assert.Empty(Directory.GetFileSystemEntries(bench.Layout.Staging));
    }

    [Fact]
    public async Task Clones_of_a_namespace_at_once_stay_within_its_quota_together_and_each_that_fits_is_made()
    {
        await using var bench = await StoreBench.StartAsync(cluster, new StoreOptions { Quotas = [new NamespaceQuota { Namespace = "*", Bytes = 20_000_000 }] });
        var project = await bench.Remote.ProjectAsync();
        await File.WriteAllBytesAsync(project.Path("noise"), RandomNumberGenerator.GetBytes(3_000_000), Token);
        await project.PushAsync();

        // 6 MB each: three fit, whatever each has of the quota at first, and the fourth does not.
        var made = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => bench.EnsureAsync(Want(bench, "team", $"c{i}", "project.git"), Token)));

        Assert.Equal(3, made.Count(one => one.Failure is null));
        Assert.Equal(Reasons.QuotaExceeded, made.Single(one => one.Failure is not null).Failure!.Reason);
        Assert.InRange(bench.Usage.Of("team").Bytes, 18_000_000, 20_000_000);
        Assert.InRange(FolderTree.SizeOf(Path.Combine(bench.Root, "team")), 18_000_000, 20_000_000);
    }

    [Fact]
    public async Task A_clone_that_needs_most_of_the_quota_is_made_though_another_begins_beside_it()
    {
        await using var bench = await StoreBench.StartAsync(cluster, new StoreOptions { Quotas = [new NamespaceQuota { Namespace = "*", Bytes = 20_000_000 }] });
        var project = await bench.Remote.ProjectAsync();
        await File.WriteAllBytesAsync(project.Path("noise"), RandomNumberGenerator.GetBytes(8_000_000), Token);
        await project.PushAsync();
        await (await bench.Remote.ProjectAsync("small.git")).CommitAsync("README.md", "hello\n");

        var made = await Task.WhenAll(
            bench.EnsureAsync(Want(bench, "team", "small", "small.git"), Token), bench.EnsureAsync(Want(bench, "team", "large", "project.git"), Token));

        Assert.All(made, one => Assert.Null(one.Failure));
    }

    [Fact]
    public async Task A_restart_knows_what_is_used_and_updates_count_what_they_add()
    {
        await using var bench = await StoreBench.StartAsync(cluster, new StoreOptions { Quotas = [new NamespaceQuota { Namespace = "team", Files = 3_000 }] });
        var project = await bench.Remote.ProjectAsync();
        await ManyFilesAsync(project, 2_000);
        var wanted = Want(bench, "team", "many", "project.git");
        var first = await bench.EnsureAsync(wanted, Token);
        Assert.Null(first.Failure);
        var used = bench.Usage.Of("team");

        Assert.Equal(used, new StoreUsage(bench.Layout, bench.Owner, Microsoft.Extensions.Options.Options.Create(new StoreOptions())).Of("team"));

        await project.CommitAsync("another", "one");
        var updated = await bench.RefreshAsync(wanted, first.Published!, Token);
        Assert.Null(updated.Failure);
        Assert.InRange(bench.Usage.Of("team").Files, used.Files + 1, used.Files + 100);
    }

    [Fact]
    public async Task Who_exceeds_the_quota_is_told_what_is_used_and_is_cloned_once_something_was_deleted()
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        await ManyFilesAsync(await GitProject.CreateAsync(Path.GetDirectoryName(bench.Project.Bare)!, "many.git"), 1_000);
        await bench.StartReadyOperatorAsync(
            ("Store__Quotas__0__Namespace", "*"), ("Store__Quotas__0__Files", "1500"), ("Store__VerifyInterval", "00:00:01"), ("Store__TrashGracePeriod", "00:00:01"));
        await bench.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.GitUrl) = ("many", bench.Server.UrlOf("many.git")));
        await bench.SeeAsync("the first is cloned", repo => CloneBench.Condition(repo, ConditionTypes.Ready)?.Status == "True", "many");

        await bench.CreateAsync(repo => repo.Spec.GitUrl = bench.Server.UrlOf("many.git"));
        var refused = await bench.SeeConditionAsync(ConditionTypes.Stalled, "True", Reasons.QuotaExceeded);
        var message = CloneBench.Condition(refused, ConditionTypes.Stalled)!.Message;
        Assert.Contains("1,500 files and folders are in use", message, StringComparison.Ordinal);
        Assert.Contains("Delete CodeRepos", message, StringComparison.Ordinal);

        await bench.DeleteAsync("many");
        await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
    }

    private static DesiredClone Want(StoreBench bench, string ofNamespace, string name, string url) => bench.Want(name, repo =>
    {
        repo.Metadata.NamespaceProperty = ofNamespace;
        repo.Spec.GitUrl = bench.Remote.Server.UrlOf(url);
    });

    /// <summary>Pushes a commit of one folder with so many empty files: a pack of some kilobytes.</summary>
    private static async Task ManyFilesAsync(GitProject project, int count)
    {
        await File.WriteAllTextAsync(project.Path("blob.raw"), "", Token);
        var id = Convert.FromHexString(await project.GitAsync("hash-object", "-w", "blob.raw"));
        var raw = Enumerable.Range(0, count).SelectMany(i => (byte[])[.. Encoding.ASCII.GetBytes($"100644 f{i:00000}"), 0, .. id]);
        await File.WriteAllBytesAsync(project.Path("tree.raw"), [.. raw], Token);
        var commit = await project.GitAsync("commit-tree", "-m", "many", await project.GitAsync("hash-object", "-t", "tree", "-w", "--literally", "tree.raw"));
        await project.GitAsync("push", "-q", "origin", $"{commit}:refs/heads/main");
        await project.GitAsync("reset", "-q", "--hard", commit);
    }
}

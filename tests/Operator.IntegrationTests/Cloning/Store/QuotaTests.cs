using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Files;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>A namespace takes no more of the volume than its quota, and others have their clones meanwhile.</summary>
[Trait("Category", "Slow")]
public sealed class QuotaTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Thousands_of_empty_files_in_a_pack_of_kilobytes_leave_the_inodes_to_others()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await using var volume = await Mount.TmpfsAsync(fixture.Root, "size=256m,nr_inodes=20000");
        await ManyFilesAsync(await fixture.Remote.ProjectAsync("many.git"), 15_000);
        await (await fixture.Remote.ProjectAsync()).CommitAsync("README.md", "hello\n");

        var hostile = await fixture.EnsureAsync(Want(fixture, "hostile", "many", "many.git"), Token);
        var good = await fixture.EnsureAsync(Want(fixture, "good", "hello", "project.git"), Token);

        Assert.Equal(Reasons.QuotaExceeded, hostile.Failure?.Reason);
        Assert.Null(good.Failure);
        Assert.True(VolumeSpace.Of(fixture.Root).FreeInodes > 19_000);
        Assert.Empty(Directory.GetFileSystemEntries(fixture.Layout.Staging));
    }

    [Fact]
    public async Task Clones_of_a_namespace_at_once_stay_within_its_quota_together_and_each_that_fits_is_made()
    {
        await using var fixture = await StoreFixture.StartAsync(
            cluster,
            new StoreOptions { Quotas = [new NamespaceQuota { Namespace = "*", Bytes = 20_000_000 }] }
        );
        var project = await fixture.Remote.ProjectAsync();
        await File.WriteAllBytesAsync(project.Path("noise"), RandomNumberGenerator.GetBytes(3_000_000), Token);
        await project.PushAsync();

        // Of a repository each, for those of one wait for each other.
        string[] names = ["c0", "c1", "c2", "c3"];
        foreach (var name in names)
        {
            await GitCommand.RunAsync(fixture.Remote.Root, "clone", "--quiet", "--bare", "project.git", $"{name}.git");
        }

        // 6 MB each: three fit, whatever each has of the quota at first, and the fourth does not.
        var made = await Task.WhenAll(names.Select(name => fixture.EnsureAsync(Want(fixture, "team", name, $"{name}.git"), Token)));

        Assert.Equal(3, made.Count(one => one.Failure is null));
        Assert.Equal(Reasons.QuotaExceeded, made.Single(one => one.Failure is not null).Failure!.Reason);
        Assert.InRange(fixture.Usage.Of("team").Bytes, 18_000_000, 20_000_000);
        Assert.InRange(DirectoryTree.SizeOf(Path.Combine(fixture.Root, "team")), 18_000_000, 20_000_000);
    }

    [Fact]
    public async Task A_clone_that_needs_most_of_the_quota_is_made_though_another_begins_beside_it()
    {
        await using var fixture = await StoreFixture.StartAsync(
            cluster,
            new StoreOptions { Quotas = [new NamespaceQuota { Namespace = "*", Bytes = 20_000_000 }] }
        );
        var project = await fixture.Remote.ProjectAsync();
        await File.WriteAllBytesAsync(project.Path("noise"), RandomNumberGenerator.GetBytes(8_000_000), Token);
        await project.PushAsync();
        await (await fixture.Remote.ProjectAsync("small.git")).CommitAsync("README.md", "hello\n");

        var made = await Task.WhenAll(
            fixture.EnsureAsync(Want(fixture, "team", "small", "small.git"), Token),
            fixture.EnsureAsync(Want(fixture, "team", "large", "project.git"), Token)
        );

        Assert.All(made, one => Assert.Null(one.Failure));
    }

    [Fact]
    public async Task A_restart_knows_what_is_used_and_updates_count_what_they_add()
    {
        await using var fixture = await StoreFixture.StartAsync(
            cluster,
            new StoreOptions { Quotas = [new NamespaceQuota { Namespace = "team", Files = 3_000 }] }
        );
        var project = await fixture.Remote.ProjectAsync();
        await ManyFilesAsync(project, 2_000);
        var wanted = Want(fixture, "team", "many", "project.git");
        var first = await fixture.EnsureAsync(wanted, Token);
        Assert.Null(first.Failure);
        var used = fixture.Usage.Of("team");

        Assert.Equal(
            used,
            new StoreUsage(fixture.Layout, fixture.Owner, Microsoft.Extensions.Options.Options.Create(new StoreOptions())).Of("team")
        );

        await project.CommitAsync("another", "one");
        var updated = await fixture.RefreshAsync(wanted, first.Published!, Token);
        Assert.Null(updated.Failure);
        Assert.InRange(fixture.Usage.Of("team").Files, used.Files + 1, used.Files + 100);
    }

    [Fact]
    public async Task Who_exceeds_the_quota_sees_what_is_used_and_is_cloned_once_something_was_deleted()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await ManyFilesAsync(await GitProject.CreateAsync(Path.GetDirectoryName(fixture.Project.Bare)!, "many.git"), 1_000);
        await fixture.StartReadyOperatorAsync(
            ("Store__Quotas__0__Namespace", "*"),
            ("Store__Quotas__0__Files", "1500"),
            ("Store__VerifyInterval", "00:00:01"),
            ("Store__TrashGracePeriod", "00:00:01")
        );
        await fixture.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.GitUrl) = ("many", fixture.Server.UrlOf("many.git")));
        await fixture.SeeAsync("the first is cloned", repo => CloneFixture.Condition(repo, ConditionTypes.Ready)?.Status == "True", "many");

        await fixture.CreateAsync(repo => repo.Spec.GitUrl = fixture.Server.UrlOf("many.git"));
        var refused = await fixture.SeeConditionAsync(ConditionTypes.Stalled, "True", Reasons.QuotaExceeded);
        var message = CloneFixture.Condition(refused, ConditionTypes.Stalled)!.Message;
        Assert.Contains("1,500 files and directories are in use", message, StringComparison.Ordinal);
        Assert.Contains("Delete CodeRepos", message, StringComparison.Ordinal);

        await fixture.DeleteAsync("many");
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
    }

    private static DesiredClone Want(StoreFixture fixture, string ofNamespace, string name, string url) => fixture.Want(name, repo =>
        {
            repo.Metadata.NamespaceProperty = ofNamespace;
            repo.Spec.GitUrl = fixture.Remote.Server.UrlOf(url);
        });

    /// <summary>Pushes a commit of one directory with so many empty files: a pack of some kilobytes.</summary>
    private static async Task ManyFilesAsync(GitProject project, int count)
    {
        await File.WriteAllTextAsync(project.Path("blob.raw"), "", Token);
        var id = Convert.FromHexString(await project.GitAsync("hash-object", "-w", "blob.raw"));
        var raw = Enumerable.Range(0, count).SelectMany(i => (byte[])[.. Encoding.ASCII.GetBytes($"100644 f{i:00000}"), 0, .. id]);
        await File.WriteAllBytesAsync(project.Path("tree.raw"), [.. raw], Token);
        var commit = await project.GitAsync(
            "commit-tree",
            "-m",
            "many",
            await project.GitAsync("hash-object", "-t", "tree", "-w", "--literally", "tree.raw")
        );
        await project.GitAsync("push", "-q", "origin", $"{commit}:refs/heads/main");
        await project.GitAsync("reset", "-q", "--hard", commit);
    }
}

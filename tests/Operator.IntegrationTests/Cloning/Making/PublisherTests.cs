using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.GitFiles;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>What is checked right before a clone takes its place or is taken away.</summary>
public sealed class PublisherTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What happens to the CodeRepo while its clone is made, and whether the clone is published then.</summary>
    public static TheoryData<string, bool> Changes =>
        new()
        {
            { "nothing", true },
            { "timeout and interval", true },
            { "uid", false },
            { "url", false },
            { "branch", false },
            { "depth", false },
            { "being deleted", false },
            { "gone", false },
            { "spec made invalid", false },
        };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_clone_is_published_only_if_the_CodeRepo_still_wants_it(string change, bool published)
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var wanted = fixture.Want();
        var staging = await StagedAsync(fixture, "new");
        fixture.Want(change: repo => Change(fixture, repo, change));
        var before = fixture.Content();

        var attempt = fixture.Publisher.Publish(staging, wanted, MarkerOf(wanted));

        Assert.Equal(published, attempt.Succeeded);
        if (published)
        {
            Assert.Equal("new", await File.ReadAllTextAsync(Path.Combine(fixture.Layout.Clone(wanted.Key), "file"), Token));
        }
        else
        {
            Assert.Equal(Reasons.Superseded, attempt.Failure!.Reason);
            Assert.Equal(before, fixture.Content().Where(path => !path.Contains("coderepo.json", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task Nothing_is_published_or_removed_when_the_Lease_has_run_out_by_the_clock_though_nobody_has_said_so()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var fixture = await StoreFixture.StartAsync(cluster, time: time);
        var wanted = fixture.Want();
        Assert.True(fixture.Publisher.Publish(await StagedAsync(fixture, "old"), wanted, MarkerOf(wanted)).Succeeded);
        var staging = await StagedAsync(fixture, "new");

        // As in a process that was stopped: nothing renews, nothing is reported.
        await fixture.Lease.StopAsync(Token);
        time.Advance(StoreFixture.LeaseDuration - TimeSpan.FromMilliseconds(1));
        Assert.Null(fixture.Owner.TryAcquire());
        time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(Reasons.StoreUnavailable, fixture.Publisher.Publish(staging, wanted, MarkerOf(wanted)).Failure?.Reason);
        Assert.Equal(Reasons.StoreUnavailable, fixture.Publisher.Remove(wanted.Key, wanted.Uid)?.Reason);
        Assert.Equal("old", await File.ReadAllTextAsync(Path.Combine(fixture.Layout.Clone(wanted.Key), "file"), Token));
    }

    [Fact]
    public async Task The_clone_of_another_CodeRepo_of_that_name_is_not_removed()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var wanted = fixture.Want();
        Assert.True(fixture.Publisher.Publish(await StagedAsync(fixture, "new"), wanted, MarkerOf(wanted)).Succeeded);

        Assert.Null(fixture.Publisher.Remove(wanted.Key, "another uid"));
        Assert.True(Directory.Exists(fixture.Layout.Clone(wanted.Key)));

        Assert.Null(fixture.Publisher.Remove(wanted.Key, wanted.Uid));
        Assert.False(Directory.Exists(fixture.Layout.Clone(wanted.Key)));
    }

    [Fact]
    public async Task Without_exchange_the_old_clone_comes_back_when_the_new_one_cannot_take_its_place()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var wanted = fixture.Want();
        Assert.True(fixture.Publisher.Publish(await StagedAsync(fixture, "old"), wanted, MarkerOf(wanted)).Succeeded);

        // As on a file system without exchange; what is mounted can't be renamed.
        typeof(StoreOwner).GetProperty(nameof(StoreOwner.CanExchange))!.SetValue(fixture.Owner, value: false);
        var staging = fixture.Layout.NewStaging("uid");
        await using var mount = await Mount.TmpfsAsync(Directory.CreateDirectory(staging).FullName, "size=1m");
        Directory.CreateDirectory(GitPaths.DirectoryOf(staging));

        Assert.Equal(Reasons.StoreUnavailable, fixture.Publisher.Publish(staging, wanted, MarkerOf(wanted)).Failure?.Reason);
        Assert.Equal("old", await File.ReadAllTextAsync(Path.Combine(fixture.Layout.Clone(wanted.Key), "file"), Token));
        Assert.Empty(Directory.GetFileSystemEntries(fixture.Layout.Trash));
    }

    private static void Change(StoreFixture fixture, CodeRepo repo, string change)
    {
        switch (change)
        {
            case "timeout and interval":
                (repo.Spec.Timeout, repo.Spec.Interval) = ("7m", "9m");
                break;
            case "uid":
                repo.Metadata.Uid = "another";
                break;
            case "url":
                repo.Spec.GitUrl += "2";
                break;
            case "branch":
                repo.Spec.Branch = null;
                break;
            case "depth":
                repo.Spec.Depth++;
                break;
            case "being deleted":
                repo.Metadata.DeletionTimestamp = DateTime.UnixEpoch;
                break;
            case "gone":
                fixture.CodeRepos.Remove(repo);
                repo.Metadata.Name = "another";
                break;
            case "spec made invalid":
                repo.Spec.Timeout = "soon";
                break;
            default:
                break;
        }
    }

    private static async Task<string> StagedAsync(StoreFixture fixture, string content)
    {
        Assert.Null(fixture.Owner.TryAcquire());
        var staging = fixture.Layout.NewStaging("uid");
        Directory.CreateDirectory(GitPaths.DirectoryOf(staging));
        await File.WriteAllTextAsync(Path.Combine(staging, "file"), content, Token);
        return staging;
    }

    private static CloneMarker MarkerOf(DesiredClone wanted) =>
        new()
        {
            Uid = wanted.Uid,
            Url = wanted.Url.ToString(),
            WantedBranch = wanted.WantedBranch,
            Branch = "main",
            Commit = new string('a', 40),
            Depth = wanted.Depth,
            ClonedAt = DateTimeOffset.UnixEpoch,
        };
}

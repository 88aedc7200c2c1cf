using System.Net;
using System.Security.Cryptography;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>Volumes that are full, read-only, foreign or exchanged, as a user sees it.</summary>
[Trait("Category", "Slow")]
public sealed class StoreVolumeTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_update_that_finds_the_volume_full_says_so_leaves_nothing_and_goes_through_once_there_is_room()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await using var volume = await Mount.TmpfsAsync(fixture.Store, "size=4m");
        await fixture.StartReadyOperatorAsync(("Store__NamespaceShare", "100"));
        await fixture.CreateAsync();
        var old = (await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned)).Status!.Commit!;
        var large = await fixture.Project.CommitAsync("large.txt", Convert.ToBase64String(RandomNumberGenerator.GetBytes(6_000_000)));

        await fixture.RequestAsync("first");

        var repo = await fixture.SeeConditionAsync(ConditionTypes.Reconciling, "True", Reasons.StoreFull);
        Assert.Contains("grow the claim", CloneFixture.Condition(repo, ConditionTypes.Reconciling)!.Message, StringComparison.Ordinal);
        Assert.Equal(
            ("True", Reasons.Stale),
            (CloneFixture.Condition(repo, ConditionTypes.Ready)!.Status, CloneFixture.Condition(repo, ConditionTypes.Ready)!.Reason)
        );
        await fixture.SeeCloneAsync(old);
        await Eventually.True(() => Entries(fixture, "tmp").Length == 0 && Entries(fixture, "trash").Length == 0, CloneFixture.Soon, Token);

        await volume.ChangeAsync("size=64m");
        await fixture.RequestAsync("second");
        await fixture.SeeAsync("the new commit", found => found.Status?.Commit == large);
        await fixture.SeeCloneAsync(large);
    }

    [Fact]
    public async Task On_a_full_volume_the_trash_makes_room_before_its_grace_period_ends_the_oldest_first()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await using var volume = await Mount.TmpfsAsync(fixture.Store, "size=12m");
        await fixture.StartReadyOperatorAsync(("Store__TrashGracePeriod", "01:00:00"));
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        string[] trash = [$"{now - 2000}.older", $"{now - 1000}.newer"];
        foreach (var entry in trash)
        {
            var path = Directory.CreateDirectory(Path.Combine(fixture.Store, ".coderepo", "trash", entry)).FullName;
            await File.WriteAllBytesAsync(Path.Combine(path, "file"), new byte[5_000_000], Token);
        }

        var commit = await fixture.Project.CommitAsync("large.txt", Convert.ToBase64String(RandomNumberGenerator.GetBytes(1_500_000)));
        await fixture.CreateAsync();

        await fixture.SeeConditionAsync(ConditionTypes.Reconciling, "True", Reasons.StoreFull);
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await fixture.SeeCloneAsync(commit);
        Assert.Equal(trash[1..], Entries(fixture, "trash").Select(entry => Path.GetFileName(entry)));
    }

    [Fact]
    public async Task A_read_only_volume_is_said_to_be_one_and_used_once_it_is_writable()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await using var volume = await Mount.TmpfsAsync(fixture.Store, "size=16m,ro");
        var running = await fixture.StartOperatorAsync();
        await fixture.CreateAsync();

        var repo = await fixture.SeeConditionAsync(ConditionTypes.Ready, "False", Reasons.StoreUnavailable);
        Assert.Contains("mount it writable", CloneFixture.Condition(repo, ConditionTypes.Ready)!.Message, StringComparison.Ordinal);
        Assert.Contains("read-only", await SeeNotReadyAsync(running), StringComparison.Ordinal);

        await volume.ChangeAsync("rw");
        await running.WhenReadyAsync(Token);
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);

        // Now under a running operator. The kernel does so after errors; for a test, it lets only a second mount be read-only.
        await using (var again = await Mount.BindAsync(fixture.Store, fixture.Store))
        {
            await again.ChangeAsync("bind,ro");
            Assert.Contains("read-only", await SeeNotReadyAsync(running), StringComparison.Ordinal);
            await fixture.RequestAsync("while it is read-only");
            await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Stale);
        }

        await running.WhenReadyAsync(Token);
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
    }

    [Fact]
    public async Task Exchanged_volumes_are_distinguished_and_lost_clones_come_back()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        var commit = await fixture.Project.GitAsync("rev-parse", "HEAD");

        await using (await Mount.TmpfsAsync(fixture.Store, "size=16m"))
        {
            await fixture.SeeAsync("cloned again on an empty volume", repo => repo.Status?.Reclones == 1);
            await fixture.SeeCloneAsync(commit);
            await running.WhenReadyAsync(Token);
        }

        // Back on the first one, where the clone is still whole.
        await Eventually.True(() => File.Exists(Path.Combine(fixture.Clone(), ".git", "coderepo.json")), CloneFixture.Soon, Token);
        await fixture.RequestAsync("on the first one");
        await fixture.SeeAsync("it was reconciled", repo => repo.Status?.LastHandledReconcileAt == "on the first one");
        await fixture.SeeCloneAsync(commit);
        Assert.Equal(1, (await fixture.GetAsync()).Status!.Reclones);
        Assert.Equal(3, running.Log.Split("This process holds the store").Length - 1);
    }

    private static async Task<string> SeeNotReadyAsync(OperatorProcess running) =>
        (
            await Eventually.SeeAsync(
                "it is not ready",
                token => running.GetAsync("/readyz", token),
                response => response.Status == HttpStatusCode.ServiceUnavailable,
                CloneFixture.Soon,
                Token
            )
        ).Body;

    private static string[] Entries(CloneFixture fixture, string directory) =>
        Directory.GetFileSystemEntries(Path.Combine(fixture.Store, ".coderepo", directory));
}

using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Files;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>What is deleted from the volume, and when. Which entries are due, TrashEntryTests say.</summary>
public sealed class TrashTests(KubeApiServer cluster)
{
    /// <summary>What one tree of these tests takes on disk: it depends on the file system.</summary>
    private static readonly long TreeSize = MeasureTree();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_taken_stays_through_its_grace_period_and_links_in_it_are_not_followed()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var fixture = await StoreFixture.StartAsync(cluster, time: time);
        Assert.Null(fixture.Owner.TryAcquire());
        var outside = Directory.CreateDirectory(Path.Combine(fixture.Root, "outside"));
        await File.WriteAllTextAsync(Path.Combine(outside.FullName, "file"), "data", Token);
        var taken = fixture.Trash.Take(Tree(fixture, "clone"));
        Directory.CreateSymbolicLink(Path.Combine(taken, "link"), outside.FullName);
        fixture.Trash.TakeUnread(Tree(fixture, "unread"));

        await fixture.Trash.EmptyAsync(roomWanted: false, Token);
        Assert.Equal([taken], Directory.GetFileSystemEntries(fixture.Layout.Trash));
        Assert.Equal(DirectoryTree.SizeOf(taken), await fixture.MetricAsync("coderepo_trash_bytes"));

        time.Advance(TimeSpan.FromMinutes(10));
        await Eventually.True(() => fixture.Owner.TryAcquire() is null, CloneFixture.Soon, Token);
        await fixture.Trash.EmptyAsync(roomWanted: false, Token);

        Assert.Empty(Directory.GetFileSystemEntries(fixture.Layout.Trash));
        Assert.Equal("data", await File.ReadAllTextAsync(Path.Combine(outside.FullName, "file"), Token));
        Assert.Equal(0, await fixture.MetricAsync("coderepo_trash_bytes"));
    }

    [Fact]
    public async Task Above_the_limit_the_oldest_go_at_once_which_is_reported_once_at_each_change()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster, new StoreOptions { TrashSizeLimit = TreeSize * 5 / 2 });
        Assert.Null(fixture.Owner.TryAcquire());
        string[] taken = [Take(fixture, age: 3), Take(fixture, age: 2), Take(fixture, age: 1)];

        await fixture.Trash.EmptyAsync(roomWanted: false, Token);
        Assert.Equal(taken[1..], Waiting(fixture));
        Assert.Equal(2 * TreeSize, await fixture.MetricAsync("coderepo_trash_bytes"));

        await fixture.Trash.EmptyAsync(roomWanted: false, Token);
        await fixture.Trash.EmptyAsync(roomWanted: false, Token);
        Assert.Equal(taken[1..], Waiting(fixture));
        Assert.Equal([$"{3 * TreeSize}", $"{2 * TreeSize}"], fixture.TrashLog.Entries.Select(entry => entry.Text.Split(' ')[0]));
    }

    [Fact]
    public async Task On_a_full_volume_the_older_half_goes_at_each_call_for_room()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        Assert.Null(fixture.Owner.TryAcquire());
        string[] taken = [Take(fixture, age: 4), Take(fixture, age: 3), Take(fixture, age: 2), Take(fixture, age: 1)];

        await fixture.Trash.EmptyAsync(roomWanted: true, Token);
        Assert.Equal(taken[2..], Waiting(fixture));

        await fixture.Trash.EmptyAsync(roomWanted: true, Token);
        Assert.Equal(taken[3..], Waiting(fixture));

        await fixture.Trash.EmptyAsync(roomWanted: true, Token);
        Assert.Empty(Waiting(fixture));
    }

    [Fact]
    public async Task What_cannot_be_deleted_is_reported_once_keeps_nothing_else_and_drives_nothing_out()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster, new StoreOptions { TrashSizeLimit = TreeSize * 5 / 2 });
        Assert.Null(fixture.Owner.TryAcquire());
        var stuck = Take(fixture, age: 1);
        var old = Take(fixture, age: 20);
        await using (await Mount.TmpfsAsync(Directory.CreateDirectory(Path.Combine(stuck, "mounted")).FullName, "size=1m"))
        {
            await LargeAsync();
            await fixture.Trash.EmptyAsync(roomWanted: false, Token);
            await fixture.Trash.EmptyAsync(roomWanted: false, Token);
            Assert.Equal([stuck], Waiting(fixture));
            Assert.Single(fixture.TrashLog.Entries, entry => entry.Text.Contains(stuck, StringComparison.Ordinal));

            await LargeAsync();
            var waiting = Take(fixture, age: 2);
            await fixture.Trash.EmptyAsync(roomWanted: false, Token);
            Assert.Equal([waiting, stuck], Waiting(fixture));
        }

        Assert.False(Directory.Exists(old));

        // Above the limit by itself; what can be deleted of it is.
        Task LargeAsync() => File.WriteAllBytesAsync(Path.Combine(stuck, "mounted", "large"), new byte[100_000], Token);
    }

    [Fact]
    public async Task The_trash_of_a_store_whose_Lease_is_not_held_is_left_alone()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var fixture = await StoreFixture.StartAsync(cluster, time: time);
        Assert.Null(fixture.Owner.TryAcquire());
        var old = Take(fixture, age: 30);
        await fixture.Lease.StopAsync(Token);
        time.Advance(StoreFixture.LeaseDuration);

        await fixture.Trash.EmptyAsync(roomWanted: true, Token);

        Assert.Equal([old], Waiting(fixture));
    }

    private static string Take(StoreFixture fixture, int age)
    {
        var since = TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(age);
        var path = fixture.Layout.NewTrash(since);
        Directory.Move(Tree(fixture, "clone"), path);
        return path;
    }

    private static string Tree(StoreFixture fixture, string name) => TreeIn(fixture.Root, name);

    private static string TreeIn(string directory, string name)
    {
        var path = Directory.CreateDirectory(Path.Combine(directory, name, "directory")).Parent!.FullName;
        File.WriteAllBytes(Path.Combine(path, "directory", "file"), new byte[10]);
        return path;
    }

    private static long MeasureTree()
    {
        using var directory = new TemporaryDirectory();
        return DirectoryTree.SizeOf(TreeIn(directory.Path, "tree"));
    }

    private static IEnumerable<string> Waiting(StoreFixture fixture) =>
        Directory.GetFileSystemEntries(fixture.Layout.Trash).OrderBy(StoreLayout.InTrashSince);
}

using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Machinery;
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
        await using var bench = await StoreBench.StartAsync(cluster, time: time);
        Assert.Null(bench.Owner.Problem());
        var outside = Directory.CreateDirectory(Path.Combine(bench.Root, "outside"));
        await File.WriteAllTextAsync(Path.Combine(outside.FullName, "file"), "data", Token);
        var taken = bench.Trash.Take(Tree(bench, "clone"));
        Directory.CreateSymbolicLink(Path.Combine(taken, "link"), outside.FullName);
        bench.Trash.TakeUnread(Tree(bench, "unread"));

        await bench.Trash.EmptyAsync(roomWanted: false, Token);
        Assert.Equal([taken], Directory.GetFileSystemEntries(bench.Layout.Trash));
        Assert.Equal(FolderTree.SizeOf(taken), await bench.MetricAsync("coderepo_trash_bytes"));

        time.Advance(TimeSpan.FromMinutes(10));
        await Eventually.True(() => bench.Owner.Problem() is null, CloneBench.Soon, Token);
        await bench.Trash.EmptyAsync(roomWanted: false, Token);

        Assert.Empty(Directory.GetFileSystemEntries(bench.Layout.Trash));
        Assert.Equal("data", await File.ReadAllTextAsync(Path.Combine(outside.FullName, "file"), Token));
        Assert.Equal(0, await bench.MetricAsync("coderepo_trash_bytes"));
    }

    [Fact]
    public async Task Above_the_limit_the_oldest_go_at_once_which_is_told_once_at_each_change()
    {
        await using var bench = await StoreBench.StartAsync(cluster, new StoreOptions { TrashSizeLimit = TreeSize * 5 / 2 });
        Assert.Null(bench.Owner.Problem());
        string[] taken = [Take(bench, age: 3), Take(bench, age: 2), Take(bench, age: 1)];

        await bench.Trash.EmptyAsync(roomWanted: false, Token);
        Assert.Equal(taken[1..], Waiting(bench));
        Assert.Equal(2 * TreeSize, await bench.MetricAsync("coderepo_trash_bytes"));

        await bench.Trash.EmptyAsync(roomWanted: false, Token);
        await bench.Trash.EmptyAsync(roomWanted: false, Token);
        Assert.Equal(taken[1..], Waiting(bench));
        Assert.Equal([$"{3 * TreeSize}", $"{2 * TreeSize}"], bench.TrashLog.Entries.Select(entry => entry.Text.Split(' ')[0]));
    }

    [Fact]
    public async Task On_a_full_volume_the_older_half_goes_at_each_call_for_room()
    {
        await using var bench = await StoreBench.StartAsync(cluster);
        Assert.Null(bench.Owner.Problem());
        string[] taken = [Take(bench, age: 4), Take(bench, age: 3), Take(bench, age: 2), Take(bench, age: 1)];

        await bench.Trash.EmptyAsync(roomWanted: true, Token);
        Assert.Equal(taken[2..], Waiting(bench));

        await bench.Trash.EmptyAsync(roomWanted: true, Token);
        Assert.Equal(taken[3..], Waiting(bench));

        await bench.Trash.EmptyAsync(roomWanted: true, Token);
        Assert.Empty(Waiting(bench));
    }

    [Fact]
    public async Task What_cannot_be_deleted_is_told_once_keeps_nothing_else_and_drives_nothing_out()
    {
        await using var bench = await StoreBench.StartAsync(cluster, new StoreOptions { TrashSizeLimit = TreeSize * 5 / 2 });
        Assert.Null(bench.Owner.Problem());
        var stuck = Take(bench, age: 1);
        var old = Take(bench, age: 20);
        await using (await Mount.TmpfsAsync(Directory.CreateDirectory(Path.Combine(stuck, "mounted")).FullName, "size=1m"))
        {
            await LargeAsync();
            await bench.Trash.EmptyAsync(roomWanted: false, Token);
            await bench.Trash.EmptyAsync(roomWanted: false, Token);
            Assert.Equal([stuck], Waiting(bench));
            Assert.Single(bench.TrashLog.Entries, entry => entry.Text.Contains(stuck, StringComparison.Ordinal));

            await LargeAsync();
            var waiting = Take(bench, age: 2);
            await bench.Trash.EmptyAsync(roomWanted: false, Token);
            Assert.Equal([waiting, stuck], Waiting(bench));
        }

        Assert.False(Directory.Exists(old));

        // Above the limit by itself; what can be deleted of it is.
        Task LargeAsync() => File.WriteAllBytesAsync(Path.Combine(stuck, "mounted", "large"), new byte[100_000], Token);
    }

    [Fact]
    public async Task The_trash_of_a_store_whose_Lease_is_not_held_is_left_alone()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var bench = await StoreBench.StartAsync(cluster, time: time);
        Assert.Null(bench.Owner.Problem());
        var old = Take(bench, age: 30);
        await bench.Lease.StopAsync(Token);
        time.Advance(StoreBench.LeaseDuration);

        await bench.Trash.EmptyAsync(roomWanted: true, Token);

        Assert.Equal([old], Waiting(bench));
    }

    private static string Take(StoreBench bench, int age)
    {
        var since = TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(age);
        var path = bench.Layout.NewTrash(since);
        Directory.Move(Tree(bench, "clone"), path);
        return path;
    }

    private static string Tree(StoreBench bench, string name) => TreeIn(bench.Root, name);

    private static string TreeIn(string folder, string name)
    {
        var path = Directory.CreateDirectory(Path.Combine(folder, name, "folder")).Parent!.FullName;
        File.WriteAllBytes(Path.Combine(path, "folder", "file"), new byte[10]);
        return path;
    }

    private static long MeasureTree()
    {
        using var folder = new TemporaryFolder();
        return FolderTree.SizeOf(TreeIn(folder.Path, "tree"));
    }

    private static IEnumerable<string> Waiting(StoreBench bench)
        => Directory.GetFileSystemEntries(bench.Layout.Trash).OrderBy(StoreLayout.InTrashSince);
}

using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>Which volumes are taken, and that nothing on the others is touched.</summary>
public sealed class StoreOwnerTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What is on the volume, as files, and what the refusal says of it.</summary>
    public static TheoryData<string, string[], string> Foreign =>
        new()
        {
            { "somebody's file", ["file: data"], "is not empty" },
            { "somebody's hidden file", [".file: data"], "is not empty" },
            {
                "clones without an owner file",
                ["team/hello/.git/coderepo.json: {}", ".coderepo/tmp/uid.1/file: data", ".coderepo/trash/1.x/file: data"],
                "is not empty"
            },
            { "somebody's file beside lost+found", ["lost+found/#1: data", "file: data"], "is not empty" },
            {
                "another shard's",
                [".coderepo/owner: {\"format\":1,\"shard\":7}", ".coderepo/trash/1.x/file: data", ".coderepo/tmp/uid.1/file: data"],
                "another shard"
            },
            {
                "another format's",
                [".coderepo/owner: {\"format\":2,\"shard\":0}", ".coderepo/trash/1.x/file: data", ".coderepo/tmp/uid.1/file: data"],
                "another shard"
            },
            {
                "an owner file that can't be read",
                [".coderepo/owner: ?", ".coderepo/trash/1.x/file: data", "team/hello/file: data"],
                "another shard"
            },
        };

    [Theory]
    [MemberData(nameof(Foreign))]
    public async Task A_foreign_volume_is_refused_and_never_cleaned(string name, string[] files, string refusal)
    {
        await using var fixture = await StoreFixture.StartAsync(cluster, new StoreOptions { TrashGracePeriod = TimeSpan.Zero });
        await FillAsync(fixture.Root, files);
        var before = fixture.Content();

        await SeeRefusedAsync(fixture, refusal);

        Assert.True(before.SequenceEqual(fixture.Content()), name);
    }

    [Fact]
    public async Task An_empty_volume_is_initialised_and_lost_and_found_does_not_count()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await FillAsync(fixture.Root, ["lost+found/#1: data"]);

        Assert.Null(fixture.Owner.TryAcquire());

        Assert.Equal(["owner", "tmp", "trash"], Names(fixture.Layout.Own));
        Assert.Equal("data", await File.ReadAllTextAsync(Path.Combine(fixture.Root, "lost+found", "#1"), Token));
    }

    [Fact]
    public async Task An_initialisation_that_was_cut_short_is_done_again()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await FillAsync(fixture.Root, [".coderepo/owner: "]);

        Assert.Null(fixture.Owner.TryAcquire());

        Assert.NotEqual(0, new FileInfo(fixture.Layout.Owner).Length);
    }

    [Fact]
    public async Task At_the_start_clones_in_the_making_go_to_the_trash_and_all_else_stays()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await FillAsync(
            fixture.Root,
            [
                ".coderepo/owner: {\"format\":1,\"shard\":0}",
                ".coderepo/notes: mine",
                ".coderepo/directory/file: mine",
                ".coderepo/tmp/uid.1/file: half",
                ".coderepo/tmp/uid.2/.git/coderepo.json: {}",
                ".coderepo/trash/1.x/file: old",
                "team/hello/file: clone",
            ]
        );

        Assert.Null(fixture.Owner.TryAcquire());

        Assert.Empty(Names(fixture.Layout.Staging));
        Assert.Equal(["directory", "notes", "owner", "tmp", "trash"], Names(fixture.Layout.Own));
        Assert.Equal("clone", await File.ReadAllTextAsync(Path.Combine(fixture.Root, "team/hello/file"), Token));

        // What readers may have open keeps its grace period; nobody has seen the other.
        var since = Directory.GetDirectories(fixture.Layout.Trash).Select(StoreLayout.InTrashSince).Order().ToList();
        Assert.Equal([DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch + TimeSpan.FromMilliseconds(1)], since[..2]);
        Assert.InRange(
            since[2],
            TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(1),
            TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(1)
        );
    }

    [Fact]
    public async Task A_directory_that_the_worker_of_a_killed_process_still_writes_to_is_taken_from_it()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await FillAsync(fixture.Root, [".coderepo/owner: {\"format\":1,\"shard\":0}", ".coderepo/tmp/uid.1/file: half"]);
        var inUse = Path.Combine(fixture.Layout.Staging, "uid.1");
        using var open = new StreamWriter(Path.Combine(inUse, "file"), append: true);

        Assert.Null(fixture.Owner.TryAcquire());
        var wanted = fixture.Want();
        await (await fixture.Remote.ProjectAsync()).CommitAsync("a.txt", "a");
        Assert.Null((await fixture.EnsureAsync(wanted, Token)).Failure);

        await open.WriteAsync("more");
        await open.FlushAsync(Token);
        Assert.Throws<DirectoryNotFoundException>(() => File.WriteAllText(Path.Combine(inUse, "another"), "data"));
        Assert.Equal([".git", "a.txt"], Names(fixture.Layout.Clone(wanted.Key)));
    }

    [Fact]
    public async Task An_empty_volume_put_over_the_store_is_initialised()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        Assert.Null(fixture.Owner.TryAcquire());
        await using var other = await Mount.TmpfsAsync(fixture.Root, "size=1m");

        Assert.Null(fixture.Owner.TryAcquire());

        Assert.Equal(2, fixture.Owner.Takings);
        Assert.Equal(["owner", "tmp", "trash"], Names(fixture.Layout.Own));
    }

    [Fact]
    public async Task A_foreign_volume_put_over_the_store_is_refused_and_never_cleaned()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster, new StoreOptions { TrashGracePeriod = TimeSpan.Zero });
        Assert.Null(fixture.Owner.TryAcquire());
        var before = fixture.Content();
        await using (await Mount.TmpfsAsync(fixture.Root, "size=1m"))
        {
            await FillAsync(fixture.Root, ["file: data", ".coderepo/trash/1.x/file: data", ".coderepo/tmp/uid.1/file: data"]);
            var there = fixture.Content();

            await SeeRefusedAsync(fixture, "is not empty");

            Assert.Equal(there, fixture.Content());
        }

        Assert.Null(fixture.Owner.TryAcquire());
        Assert.Equal(before, fixture.Content());
    }

    [Fact]
    public async Task Another_store_of_ours_put_over_the_store_is_taken_over()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await (await fixture.Remote.ProjectAsync()).CommitAsync("a.txt", "a");
        var wanted = fixture.Want();
        Assert.IsType<CloneChange.Cloned>((await fixture.EnsureAsync(wanted, Token)).Change);
        await using var other = await Mount.TmpfsAsync(fixture.Root, "size=4m");
        await FillAsync(
            fixture.Root,
            [
                ".coderepo/owner: {\"format\":1,\"shard\":0}",
                ".coderepo/tmp/uid.1/file: half",
                "team/hello/.git/coderepo.json: {}",
                "team/more/file: data",
            ]
        );

        Assert.Null(fixture.Owner.TryAcquire());
        Assert.Empty(Names(fixture.Layout.Staging));

        var lost = fixture.Want(change: repo => repo.Status = new CodeRepoStatus { ClonedAt = DateTimeOffset.UnixEpoch });
        Assert.IsType<CloneChange.Recloned>((await fixture.EnsureAsync(lost, Token)).Change);
        Assert.Equal("data", await File.ReadAllTextAsync(Path.Combine(fixture.Root, "team/more/file"), Token));
    }

    [Fact]
    public async Task A_volume_that_becomes_read_only_is_noticed_before_anything_fails_on_it()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        Assert.Null(fixture.Owner.TryAcquire());

        // The same volume: the kernel lets nobody make it read-only while a file is open for writing, but at a second place.
        await using (var again = await Mount.BindAsync(fixture.Root, fixture.Root))
        {
            await again.ChangeAsync("bind,ro");
            Assert.Equal(StoreFailure.ReadOnly, fixture.Owner.TryAcquire());
        }

        Assert.Null(fixture.Owner.TryAcquire());
        Assert.Equal(1, fixture.Owner.Takings);
    }

    private static async Task SeeRefusedAsync(StoreFixture fixture, string refusal)
    {
        var problem = fixture.Owner.TryAcquire();
        Assert.Equal(Reasons.StoreUnavailable, problem?.Reason);
        Assert.Contains(refusal, problem!.Message, StringComparison.Ordinal);
        await fixture.Trash.EmptyAsync(roomWanted: true, Token);
    }

    private static async Task FillAsync(string root, IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            var path = Path.Combine(root, file[..file.IndexOf(": ", StringComparison.Ordinal)]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, file[(file.IndexOf(": ", StringComparison.Ordinal) + 2)..], Token);
        }
    }

    private static IEnumerable<string> Names(string directory) =>
        Directory.GetFileSystemEntries(directory).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal);
}

using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Worker;
using CodeRepoOperator.Runtime.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Prometheus;

namespace CodeRepoOperator.Cloning.Store;

public sealed class StoreUsageTests : IDisposable
{
    private const long Limit = 100_000_000;
    private static readonly NamespacedName Hello = new("team", "hello");
    private static readonly NamespacedName World = new("team", "world");

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("coderepo-usage-");
    private readonly StoreLayout _layout;
    private readonly StoreOwner _owner;
    private readonly IOptions<StoreOptions> _options;
    private StoreUsage _usage;

    public StoreUsageTests()
    {
        _options = Options.Create(
            new StoreOptions
            {
                Root = _root.FullName,
                Quotas =
                [
                    new NamespaceQuota
                    {
                        Namespace = "team",
                        Bytes = Limit,
                        Files = 10_000,
                    },
                ],
            }
        );
        _layout = new StoreLayout(_options);
        _owner = new StoreOwner(
            _layout,
            new FakeLease(),
            _options,
            new CloningMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry())),
            TimeProvider.System,
            NullLogger<StoreOwner>.Instance
        );
        Assert.Null(_owner.TryAcquire());
        _usage = new StoreUsage(_layout, _owner, _options);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _owner.Dispose();
        _root.Delete(recursive: true);
    }

    [Fact]
    public async Task A_namespace_whose_clones_fill_its_quota_is_refused_by_what_it_uses_and_another_is_not()
    {
        Publish(Hello, new CloneSize(Limit - 1000, 400));

        var refused = (await _usage.ReserveAsync(World, all: false, Token)).Failure;

        Assert.Equal(Reasons.QuotaExceeded, refused?.Reason);
        Assert.True(refused!.Terminal);
        Assert.Contains("100.0 MB and 400 files and directories of 100.0 MB and 10,000 files", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Store:Quotas", refused.Message, StringComparison.Ordinal);
        Assert.True((await _usage.ReserveAsync(new NamespacedName("other", "hello"), all: false, Token)).Succeeded);
    }

    [Fact]
    public async Task Files_count_as_bytes_do()
    {
        Publish(Hello, new CloneSize(1000, 9_990));

        Assert.Equal(Reasons.QuotaExceeded, (await _usage.ReserveAsync(World, all: false, Token)).Failure?.Reason);
    }

    [Fact]
    public async Task What_is_in_the_trash_counts_until_it_is_gone_and_what_a_newer_clone_shares_counts_once()
    {
        Publish(Hello, new CloneSize(50, 500));
        Publish(Hello, new CloneSize(70, 600, SharedBytes: 40, SharedFiles: 300), replaced: Trash("first"));
        Assert.Equal(new StoreAmount(80, 800), _usage.Of("team"));

        _usage.Removed(Hello, Trash("second"));
        Assert.Equal(new StoreAmount(80, 800), _usage.Of("team"));

        Directory.Delete(Path.Combine(_layout.Trash, "first"));
        Assert.Equal(new StoreAmount(70, 600), _usage.Of("team"));
        Directory.Delete(Path.Combine(_layout.Trash, "second"));
        Assert.Equal(default, _usage.Of("team"));
        Assert.True((await _usage.ReserveAsync(World, all: false, Token)).Succeeded);
    }

    [Fact]
    public async Task Clones_at_once_can_together_take_no_more_than_is_left()
    {
        Publish(Hello, new CloneSize(20_000_000, 2_000));
        var reserved = new List<CloneReservation>();
        for (var i = 0; i < 4; i++)
        {
            reserved.Add((await _usage.ReserveAsync(new NamespacedName("team", $"c{i}"), all: false, Token)).Value!);
        }

        Assert.InRange(reserved.Sum(one => one.Budget.Bytes), 1, 80_000_000);
        Assert.InRange(reserved.Sum(one => one.Budget.Files), 1, 8_000);
        Assert.All(reserved, one => Assert.True(one.IsPartial));
    }

    [Fact]
    public async Task One_that_wants_all_that_is_left_gets_it_once_the_others_have_ended_and_before_those_that_came_later()
    {
        var other = (await _usage.ReserveAsync(Hello, all: false, Token)).Value!;
        var all = _usage.ReserveAsync(World, all: true, Token);
        var later = _usage.ReserveAsync(new NamespacedName("team", "later"), all: false, Token);
        Assert.False(all.IsCompleted);
        Assert.False(later.IsCompleted);

        other.Dispose();

        using (var reservation = (await all).Value!)
        {
            Assert.Equal((Limit, 10_000L, false), (reservation.Budget.Bytes, reservation.Budget.Files, reservation.IsPartial));
        }

        Assert.True((await later).Succeeded);
    }

    [Fact]
    public async Task Who_has_to_wait_for_others_of_its_namespace_is_noticed()
    {
        var awaited = new List<string>();
        _usage.Awaited += awaited.Add;
        using var other = (await _usage.ReserveAsync(Hello, all: false, Token)).Value!;
        using var elsewhere = (await _usage.ReserveAsync(new NamespacedName("other", "hello"), all: true, Token)).Value!;
        Assert.Empty(awaited);

        var all = _usage.ReserveAsync(World, all: true, Token);

        Assert.Equal(["team"], awaited);
        other.Dispose();
        (await all).Value!.Dispose();
    }

    [Fact]
    public async Task One_that_waits_for_all_and_gives_up_stands_in_nobodys_way()
    {
        using var gaveUp = new CancellationTokenSource();
        using var other = (await _usage.ReserveAsync(Hello, all: false, Token)).Value!;
        var all = _usage.ReserveAsync(World, all: true, gaveUp.Token);
        var later = _usage.ReserveAsync(new NamespacedName("team", "later"), all: false, Token);

        await gaveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => all);
        Assert.True((await later).Succeeded);
    }

    [Fact]
    public void A_restart_finds_what_is_used_in_the_markers_and_guesses_where_one_does_not_say()
    {
        var git = Directory.CreateDirectory(GitPaths.DirectoryOf(_layout.Clone(Hello))).FullName;
        Marker("team", new CloneSize(50, 500)).Write(Path.Combine(git, "coderepo.json"));
        var trashed = Directory.CreateDirectory(GitPaths.DirectoryOf(Trash("1.old"))).FullName;
        Marker("team", new CloneSize(7, 70)).Write(Path.Combine(trashed, "coderepo.json"));
        var older = Directory.CreateDirectory(GitPaths.DirectoryOf(_layout.Clone(World))).FullName;
        (
            Marker(null, null) with
            {
                Contents = new CloneContents(new Dictionary<string, long> { ["pack-1.pack"] = 1000 }, 100, null, 1),
            }
        ).Write(Path.Combine(older, "coderepo.json"));
        byte[] index = [.. "DIRC\0\0\0\u0002\0\0\0\u0064"u8, .. new byte[20]];
        File.WriteAllBytes(Path.Combine(older, "index"), index);
        File.WriteAllText(
            Path.Combine(
                Directory.CreateDirectory(GitPaths.DirectoryOf(_layout.Clone(new NamespacedName("team", "damaged")))).FullName,
                "coderepo.json"
            ),
            "{"
        );

        _usage = new StoreUsage(_layout, _owner, _options);

        Assert.Equal(new StoreAmount(50 + 7 + 3000, 500 + 70 + 100 + 25 + CloneSize.GitFiles), _usage.Of("team"));
    }

    [Fact]
    public void What_is_no_index_says_nothing_of_how_many_files_there_are()
    {
        var git = Directory.CreateDirectory(GitPaths.DirectoryOf(_layout.Clone(Hello))).FullName;
        (
            Marker(null, null) with
            {
                Contents = new CloneContents(new Dictionary<string, long> { ["pack-1.pack"] = 1000 }, 100, null, 1),
            }
        ).Write(Path.Combine(git, "coderepo.json"));
        File.WriteAllBytes(Path.Combine(git, "index"), Enumerable.Repeat((byte)0xFF, 32).ToArray());

        Assert.Equal(new StoreAmount(3000, CloneSize.GitFiles), _usage.Of("team"));
    }

    [Fact]
    public void Another_volume_under_the_same_path_has_other_clones()
    {
        Publish(Hello, new CloneSize(50, 500));
        Assert.Equal(new StoreAmount(50, 500), _usage.Of("team"));

        _root.EnumerateDirectories().ToList().ForEach(directory => directory.Delete(recursive: true));
        Assert.Null(_owner.TryAcquire());
        var git = Directory.CreateDirectory(GitPaths.DirectoryOf(_layout.Clone(World))).FullName;
        Marker("team", new CloneSize(7, 70)).Write(Path.Combine(git, "coderepo.json"));

        Assert.Equal(new StoreAmount(7, 70), _usage.Of("team"));
    }

    [Theory]
    [InlineData(-5, -5)]
    [InlineData(long.MinValue, long.MaxValue)]
    [InlineData(long.MaxValue, long.MaxValue)]
    public void A_marker_that_was_tampered_with_makes_no_room_and_overflows_nothing(long bytes, long files)
    {
        for (var i = 0; i < 3; i++)
        {
            var git = Directory.CreateDirectory(GitPaths.DirectoryOf(_layout.Clone(new NamespacedName("team", $"c{i}")))).FullName;
            Marker("team", new CloneSize(bytes, files)).Write(Path.Combine(git, "coderepo.json"));
        }

        _usage = new StoreUsage(_layout, _owner, _options);

        Assert.True(_usage.Of("team").Holds(default));
    }

    [Fact]
    public async Task A_clone_that_was_lost_is_not_counted_against_its_own_replacement()
    {
        Publish(Hello, new CloneSize(Limit, 10_000));
        Directory.Delete(_layout.Clone(Hello));

        Assert.True((await _usage.ReserveAsync(Hello, all: false, Token)).Succeeded);
    }

    [Fact]
    public void A_namespace_that_was_refused_is_named_once_as_soon_as_it_takes_less()
    {
        Publish(Hello, new CloneSize(Limit, 10_000));
        _usage.Refused("team");
        Assert.Empty(_usage.TakeRelieved());

        _usage.Removed(Hello, Trash("deleted"));
        Assert.Empty(_usage.TakeRelieved());
        Directory.Delete(Path.Combine(_layout.Trash, "deleted"));

        Assert.Equal(["team"], _usage.TakeRelieved());
        Assert.Empty(_usage.TakeRelieved());
    }

    private void Publish(NamespacedName key, CloneSize size, string? replaced = null)
    {
        _ = _usage.Of(key.Namespace);
        Directory.CreateDirectory(_layout.Clone(key));
        _usage.Published(key, size, replaced);
    }

    private string Trash(string name) => Directory.CreateDirectory(Path.Combine(_layout.Trash, name)).FullName;

    private static CloneMarker Marker(string? ofNamespace, CloneSize? size) =>
        TestClones.Published().Marker with
        {
            Namespace = ofNamespace,
            Size = size,
        };
}

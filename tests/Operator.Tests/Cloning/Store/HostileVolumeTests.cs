using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Prometheus;
using ITimer = System.Threading.ITimer;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>What somebody who can write to the volume puts where the operator looks: it ends nothing, and leads nowhere.</summary>
public sealed class HostileVolumeTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coderepo-volume-");
    private readonly SteppingTime _time = new();
    private readonly EntityCache<CodeRepo> _codeRepos = new();
    private readonly StoreLayout _layout;
    private readonly DirectoryInfo _outside;
    private readonly StoreOwner _owner;
    private readonly IOptions<StoreOptions> _options;
    private Trash _trash;

    public HostileVolumeTests()
    {
        _options = Options.Create(new StoreOptions { Root = _directory.CreateSubdirectory("store").FullName });
        _layout = new StoreLayout(_options);
        _outside = _directory.CreateSubdirectory("outside");
        File.WriteAllText(Path.Combine(_outside.FullName, "file"), "data");
        _owner = new StoreOwner(_layout, new FakeLease(), _options, NewMetrics(), _time, NullLogger<StoreOwner>.Instance);
        _trash = NewTrash();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _trash.Dispose();
        _owner.Dispose();
        DirectoryTree.Delete(_directory.FullName);
    }

    [Theory]
    [InlineData("9999999999999999.x")]
    [InlineData("9223372036854775807.x")]
    [InlineData("99999999999999999999999999.x")]
    [InlineData("253402300799999.x", false)]
    [InlineData("-1.x")]
    [InlineData(".")]
    [InlineData("1")]
    [InlineData("\n")]
    [InlineData("a\\b\u001b")]
    public async Task No_name_in_the_trash_ends_it_and_what_it_did_not_name_goes(string name, bool goes = true)
    {
        Assert.Null(_owner.TryAcquire());
        var path = Path.Combine(_layout.Trash, name == "." ? "..." : name);
        Directory.CreateDirectory(Path.Combine(path, "directory"));

        await _trash.EmptyAsync(roomWanted: false, Token);

        Assert.Equal(!goes, Directory.Exists(path));
    }

    [Fact]
    public async Task A_name_in_the_trash_or_the_staging_directory_that_is_no_text_goes()
    {
        Assert.Null(_owner.TryAcquire());
        foreach (var directory in new[] { _layout.Trash, _layout.Staging })
        {
            using var open = OpenDirectory.Open(directory)!;
            open.Make([0xff, 0xfe]).Dispose();
        }

        await _trash.EmptyAsync(roomWanted: false, Token);
        Assert.Empty(Directory.GetFileSystemEntries(_layout.Trash));

        using var next = new StoreOwner(_layout, new FakeLease(), _options, NewMetrics(), _time, NullLogger<StoreOwner>.Instance);
        _owner.Dispose();
        Assert.Null(next.TryAcquire());
        Assert.Empty(Directory.GetFileSystemEntries(_layout.Staging));
    }

    [Theory]
    [InlineData("trash")]
    [InlineData("tmp")]
    public async Task A_link_in_place_of_a_directory_of_ours_is_set_aside_and_not_followed(string name)
    {
        Assert.Null(_owner.TryAcquire());
        var link = Path.Combine(_layout.Own, name);
        Directory.Delete(link);
        Directory.CreateSymbolicLink(link, _outside.FullName);
        var clone = Clone("team/hello");

        await _trash.EmptyAsync(roomWanted: true, Token);
        using (OwnDirectory.Open(_layout.Volume, link, NullLogger.Instance))
        {
            _trash.Take(clone);
        }

        Assert.Equal("data", await File.ReadAllTextAsync(Path.Combine(_outside.FullName, "file"), Token));
        Assert.Single(Directory.GetFileSystemEntries(_outside.FullName));
        Assert.Null(new DirectoryInfo(link).LinkTarget);
        Assert.Single(Directory.GetDirectories(_layout.Trash));
    }

    [Fact]
    public void A_link_in_place_of_our_own_directory_is_refused()
    {
        Directory.CreateSymbolicLink(_layout.Own, _outside.FullName);

        Assert.Contains("is a link", _owner.TryAcquire()!.Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetFileSystemEntries(_outside.FullName));
    }

    [Theory]
    [InlineData("fifo")]
    [InlineData("link")]
    [InlineData("directory")]
    [InlineData("\"\\ud800\"")]
    [InlineData("{\"format\":1e400,\"shard\":0}")]
    public void No_owner_file_makes_the_store_wait_or_is_taken_for_ours(string content)
    {
        Directory.CreateDirectory(_layout.Own);
        Put(_layout.Owner, content);

        Assert.Equal(Reasons.StoreUnavailable, _owner.TryAcquire()?.Reason);
    }

    [Fact]
    public void A_clone_behind_a_link_in_place_of_its_namespace_is_neither_published_to_nor_removed()
    {
        Assert.Null(_owner.TryAcquire());
        var there = Clone("../outside/hello");
        TestClones.Marker(branch: null).Write(StoreLayout.Marker(there));
        Directory.CreateSymbolicLink(Path.Combine(_layout.Root, "team"), _outside.FullName);
        var repo = TestClones.Repo();
        _codeRepos.Store(repo);
        var publisher = NewPublisher();
        var staging = _layout.NewStaging("uid");
        Directory.CreateDirectory(GitPaths.DirectoryOf(staging));

        var published = publisher.Publish(staging, TestClones.Wanted(), TestClones.Published().Marker);

        Assert.Contains("is a link", published.Failure?.Message, StringComparison.Ordinal);
        Assert.Null(publisher.Remove(new NamespacedName("team", "hello"), "uid"));
        Assert.False(publisher.TryRemoveOrphan(new NamespacedName("team", "hello"), "uid"));
        Assert.Empty(_layout.Places());
        Assert.True(File.Exists(StoreLayout.Marker(there)));
        Assert.Equal(2, Directory.GetFileSystemEntries(_outside.FullName).Length);
    }

    public static TheoryData<string> Markers =>
        [
            "fifo",
            "link",
            "directory",
            "",
            "{",
            "null",
            "[]",
            "\"\\ud800\"",
            new string('[', 100_000),
            new string(' ', 3_000_000),
            Marker("\"uid\":\"\\u0000\""),
            Marker("\"commit\":\"../../x\""),
            Marker("\"branch\":\"a\\u0000b\""),
            Marker("\"depth\":-1"),
            Marker("\"clonedAt\":\"x\""),
            Marker("\"contents\":{\"packs\":{\"a\\u0000.pack\":1},\"indexSize\":1,\"shallowSize\":1,\"topLevel\":1}"),
            Marker("\"contents\":{\"packs\":{\"../../../../x.pack\":1},\"indexSize\":1,\"shallowSize\":1,\"topLevel\":1}"),
            Marker("\"contents\":{\"packs\":{\"\\ud800.pack\":1},\"indexSize\":1,\"shallowSize\":1,\"topLevel\":1}"),
            Marker("\"contents\":{\"packs\":{},\"indexSize\":1e99,\"shallowSize\":1,\"topLevel\":1}"),
            Marker("\"omitted\":{\"submodules\":{\"count\":1,\"first\":[null]},\"lfsFiles\":{\"count\":0,\"first\":[]}}"),
        ];

    [Theory]
    [MemberData(nameof(Markers), DisableDiscoveryEnumeration = true)]
    public void Whatever_a_marker_holds_its_clone_is_looked_at_and_can_be_removed(string content)
    {
        Assert.Null(_owner.TryAcquire());
        var key = new NamespacedName("team", "hello");
        Put(StoreLayout.Marker(Clone("team/hello")), content);

        var seen = new CloneInspector(_layout, new KnownDamage()).Look(key);

        Assert.Equal(CloneLoss.MarkerUnreadable, seen.Loss);
        Assert.Null(NewPublisher().Remove(key, "uid"));
        Assert.False(Path.Exists(_layout.Clone(key)));
    }

    [Fact]
    public void Directories_deeper_than_any_stack_or_path_are_measured_and_deleted()
    {
        // 7,000 bytes of path, of which a system call takes 4,096; and 131 bytes of the stack below for each directory, too few for a call.
        const int Depth = 1000;
        using var root = OpenDirectory.Open(_directory.FullName)!;
        var directory = root.Make("deep"u8);
        for (var i = 0; i < Depth; i++)
        {
            using var above = directory;
            directory = above.Make("directory"u8);
        }

        directory.Dispose();
        var deep = Path.Combine(_directory.FullName, "deep");
        var size = -1L;

        OnStackOf(128 * 1024, () =>
        {
            size = DirectoryTree.SizeOf(deep);
            DirectoryTree.Delete(deep);
        });

        Assert.True(size >= 0);
        Assert.False(Directory.Exists(deep));
    }

    /// <summary>By how much the wall clock steps.</summary>
    public static TheoryData<double> Steps => [-24, -1, 1, 24];

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_wall_clock_that_steps_neither_shortens_a_grace_period_nor_makes_it_longer(double hours)
    {
        Assert.Null(_owner.TryAcquire());
        var taken = _trash.Take(Clone("team/hello"));
        _time.Step(TimeSpan.FromHours(hours));

        await SeeGracePeriodAsync(taken);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task Nor_does_one_that_steps_while_the_process_starts_again(double hours)
    {
        Assert.Null(_owner.TryAcquire());
        var taken = _trash.Take(Clone("team/hello"));
        _time.Step(TimeSpan.FromHours(hours));
        _trash.Dispose();
        _trash = NewTrash();

        await SeeGracePeriodAsync(taken);
    }

    private async Task SeeGracePeriodAsync(string taken)
    {
        await _trash.EmptyAsync(roomWanted: false, Token);
        Assert.True(Directory.Exists(taken));

        _time.Advance(TimeSpan.FromMinutes(10));
        await _trash.EmptyAsync(roomWanted: false, Token);
        Assert.False(Directory.Exists(taken));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Paths_are_resolved_below_the_root_and_through_no_link_with_openat2_and_without(bool byName)
    {
        Directory.CreateDirectory(Path.Combine(_layout.Root, "a/b/c"));
        Directory.CreateSymbolicLink(Path.Combine(_layout.Root, "in"), "a");
        Directory.CreateSymbolicLink(Path.Combine(_layout.Root, "a/out"), _outside.FullName);
        var before = PathBelow.ByName;
        try
        {
            PathBelow.ByName = byName;
            using var root = _layout.Volume.Find(_layout.Root)!;
            using var found = root.Find("a/b/c"u8);
            Assert.NotNull(found);
            foreach (var path in new[] { "in", "in/b", "a/out", "a/out/x", "../outside", "a/../../outside", "/tmp", "a//b", "./a", "none" })
            {
                Assert.Null(root.Find(System.Text.Encoding.UTF8.GetBytes(path)));
            }
        }
        finally
        {
            PathBelow.ByName = before;
        }
    }

    /// <summary>On a small stack: what would overflow a large one much later overflows it at once, and ends the tests.</summary>
    private static void OnStackOf(int bytes, Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(action), bytes);
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    private static string Marker(string field)
    {
        var name = field[1..field.IndexOf("\":", StringComparison.Ordinal)];
        string[] fields =
        [
            "\"uid\":\"uid\"",
            "\"url\":\"https://x/y\"",
            "\"wantedBranch\":null",
            "\"branch\":\"main\"",
            $"\"commit\":\"{TestClones.Commit}\"",
            "\"depth\":1",
            "\"clonedAt\":\"2026-01-02T03:04:05+00:00\"",
            "\"contents\":null",
            "\"omitted\":null",
        ];
        return $"{{{string.Join(',', fields.Where(other => !other.StartsWith($"\"{name}\"", StringComparison.Ordinal)).Append(field))}}}";
    }

    private string Clone(string path)
    {
        var clone = Path.Combine(_layout.Root, path);
        Directory.CreateDirectory(GitPaths.DirectoryOf(clone));
        return clone;
    }

    private void Put(string path, string content)
    {
        switch (content)
        {
            case "fifo":
                Fifo.Make(path);
                break;
            case "link":
                File.CreateSymbolicLink(path, Path.Combine(_outside.FullName, "file"));
                break;
            case "directory":
                Directory.CreateDirectory(path);
                break;
            default:
                File.WriteAllText(path, content);
                break;
        }
    }

    private Publisher NewPublisher() =>
        new(_layout, _owner, _trash, new StoreUsage(_layout, _owner, _options), _codeRepos, new DesiredClones());

    private Trash NewTrash() => new(_layout, _owner, _options, NewMetrics(), _time, NullLogger<Trash>.Instance);

    private static CloningMetrics NewMetrics() => new(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()));

    /// <summary>A wall clock that steps beside a monotonic one that does not.</summary>
    private sealed class SteppingTime : TimeProvider
    {
        private readonly FakeTimeProvider _even = new(System.GetUtcNow());
        private TimeSpan _step;

        public override DateTimeOffset GetUtcNow() => _even.GetUtcNow() + _step;

        public override long TimestampFrequency => _even.TimestampFrequency;

        public override long GetTimestamp() => _even.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            _even.CreateTimer(callback, state, dueTime, period);

        public void Step(TimeSpan by) => _step += by;

        public void Advance(TimeSpan by) => _even.Advance(by);
    }
}

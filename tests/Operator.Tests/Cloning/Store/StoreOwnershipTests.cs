using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Serving;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Prometheus;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>What takes a store, and what only looks whether it is taken.</summary>
public sealed class StoreOwnershipTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coderepo-owner-");
    private readonly FakeLease _lease = new();

    /// <summary>It stands still: what waits for it does not go on.</summary>
    private readonly FakeTimeProvider _time = new();
    private readonly EntityCache<CodeRepo> _codeRepos = new();
    private readonly StoreLayout _layout;
    private readonly StoreOwner _owner;
    private readonly Trash _trash;
    private readonly Publisher _publisher;

    public StoreOwnershipTests()
    {
        var options = Options.Create(new StoreOptions { Root = _directory.FullName, TrashGracePeriod = TimeSpan.Zero });
        _layout = new StoreLayout(options);
        _owner = new StoreOwner(_layout, _lease, options, NewMetrics(), _time, NullLogger<StoreOwner>.Instance);
        _trash = new Trash(_layout, _owner, options, NewMetrics(), TimeProvider.System, NullLogger<Trash>.Instance);
        _publisher = new Publisher(_layout, _owner, _trash, new StoreUsage(_layout, _owner, options), _codeRepos, new DesiredClones());
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The ways to look, each of which returns why the store can't be written to.</summary>
    public static TheoryData<string> Looks => ["readiness", "state", "check"];

    public void Dispose()
    {
        _trash.Dispose();
        _owner.Dispose();
        _lease.Dispose();
        DirectoryTree.Delete(_directory.FullName);
    }

    [Theory]
    [MemberData(nameof(Looks))]
    public void Looking_at_an_empty_volume_neither_initialises_nor_locks_it(string look)
    {
        Assert.Contains("not acquired yet", Look(look), StringComparison.Ordinal);

        Assert.Empty(Content());
        Assert.Null(_owner.TryAcquire());
        Assert.Null(Look(look));
    }

    [Theory]
    [MemberData(nameof(Looks))]
    public void Looking_at_the_store_of_a_process_that_is_gone_neither_cleans_nor_locks_it(string look)
    {
        Put(".coderepo/owner", "{\"format\":1,\"shard\":0}");
        Put(".coderepo/tmp/uid.1/file", "half");
        var before = Content();

        Assert.NotNull(Look(look));

        Assert.Equal(before, Content());
        Assert.True(IsUnlocked());
    }

    [Theory]
    [InlineData("readiness", false)]
    [InlineData("state", false)]
    [InlineData("check", true)]
    public void Looking_at_a_volume_that_was_emptied_leaves_it_empty_and_a_check_says_so(string look, bool finds)
    {
        Assert.Null(_owner.TryAcquire());
        Directory.Delete(_layout.Own, recursive: true);

        Assert.Equal(finds, Look(look) is not null);

        Assert.Empty(Content());
        Assert.Equal(1, _owner.Takings);
        Assert.Null(_owner.TryAcquire());
        Assert.Equal(2, _owner.Takings);
        Assert.Null(Look(look));
    }

    [Theory]
    [MemberData(nameof(Looks))]
    public void Looking_while_another_process_has_the_Lease_does_not_release_the_lock(string look)
    {
        Assert.Null(_owner.TryAcquire());
        _lease.LoseToOther();

        Assert.Contains("Lease", Look(look), StringComparison.Ordinal);
        _lease.Acquire();

        Assert.Null(Look(look));
        Assert.Equal(1, _owner.Takings);
    }

    [Fact]
    public void An_attempt_while_another_process_has_the_Lease_releases_the_lock()
    {
        Assert.Null(_owner.TryAcquire());
        _lease.LoseToOther();

        Assert.Contains("Lease", _owner.TryAcquire()!.Message, StringComparison.Ordinal);

        Assert.True(IsUnlocked());
    }

    [Fact]
    public async Task The_loop_acquires_and_releases_the_store_as_soon_as_the_Lease_comes_and_goes()
    {
        _lease.LoseToOther();
        await _owner.StartAsync(Token);
        Assert.Contains("Lease", _owner.Missing, StringComparison.Ordinal);
        Assert.Empty(Content());

        foreach (var taking in new[] { 1, 2 })
        {
            _lease.Acquire();
            await Eventually.True(() => _owner.Missing is null, Soon, Token);
            Assert.Equal(taking, _owner.Takings);

            _lease.LoseToOther();
            await Eventually.True(IsUnlocked, Soon, Token);
        }

        await _owner.StopAsync(Token);
    }

    /// <summary>What takes the store away from its owner without anybody having said so.</summary>
    public static TheoryData<string, string> Losses =>
        new() { { "the Lease has run out", "Lease" }, { "the owner file is another", "exchanged" } };

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task Nothing_is_published_removed_or_deleted_from_the_instant_on_at_which_the_store_is_lost(string loss, string message)
    {
        Assert.Null(_owner.TryAcquire());
        _codeRepos.Store(TestClones.Repo());
        Assert.True(_publisher.Publish(Staged("old"), TestClones.Wanted(), TestClones.Published().Marker).Succeeded);
        var (staging, replaced) = (Staged("new"), _trash.Take(Staged("replaced")));

        Lose(loss);
        var before = Content();

        SeeLost(_publisher.Publish(staging, TestClones.Wanted(), TestClones.Published().Marker).Failure, message);
        SeeLost(_publisher.Remove(Key, TestClones.Published().Marker.Uid), message);
        Assert.False(_publisher.TryRemoveOrphan(Key, TestClones.Published().Marker.Uid));
        await _trash.EmptyAsync(roomWanted: true, Token);
        Assert.Equal("old", await File.ReadAllTextAsync(Path.Combine(_layout.Clone(Key), "file"), Token));
        Assert.True(Directory.Exists(replaced));
        Assert.Equal(before, Content().Where(path => path != StoreLayout.Marker(staging)));

        // As it is after the next attempt: all of it works again.
        _lease.Acquire();
        Assert.Null(_owner.TryAcquire());
        Assert.True(_publisher.Publish(Staged("newer"), TestClones.Wanted(), TestClones.Published().Marker).Succeeded);
        await _trash.EmptyAsync(roomWanted: true, Token);
        Assert.False(Directory.Exists(replaced));
    }

    [Fact]
    public async Task A_clone_that_may_replace_one_only_replaces_no_other()
    {
        Assert.Null(_owner.TryAcquire());
        _codeRepos.Store(TestClones.Repo());
        var marker = TestClones.Published().Marker;
        var updated = _publisher.Publish(Staged("updated"), TestClones.Wanted(), marker).Value!;
        var old = updated with { MarkerWrittenAt = updated.MarkerWrittenAt.AddSeconds(-1) };

        Assert.Equal(Reasons.Superseded, _publisher.Publish(Staged("late"), TestClones.Wanted(), marker, old).Failure?.Reason);
        Assert.Equal("updated", await File.ReadAllTextAsync(Path.Combine(_layout.Clone(Key), "file"), Token));

        Assert.True(_publisher.Publish(Staged("in time"), TestClones.Wanted(), marker, updated).Succeeded);
        Assert.Equal("in time", await File.ReadAllTextAsync(Path.Combine(_layout.Clone(Key), "file"), Token));
    }

    private static NamespacedName Key => TestClones.Wanted().Key;

    private static void SeeLost(CloneFailure? failure, string message)
    {
        Assert.Equal(Reasons.StoreUnavailable, failure?.Reason);
        Assert.Contains(message, failure!.Message, StringComparison.Ordinal);
    }

    private void Lose(string loss)
    {
        if (loss == "the Lease has run out")
        {
            _lease.Expire();
            return;
        }

        // The same content under the same name, and another inode, as on another volume.
        Put(".coderepo/owner.copy", "{\"format\":1,\"shard\":0}");
        File.Move(_layout.Owner + ".copy", _layout.Owner, overwrite: true);
    }

    /// <summary>.NET locks a file that nobody is to share as the owner file is locked.</summary>
    private bool IsUnlocked()
    {
        try
        {
            using var open = new FileStream(_layout.Owner, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private string? Look(string look) =>
        look switch
        {
            "readiness" => ((IReadinessCheck)_owner).Missing,
            "state" => _owner.Problem?.Message,
            _ => _owner.Check()?.Message,
        };

    private string Staged(string content)
    {
        var staging = _layout.NewStaging("uid");
        Directory.CreateDirectory(GitPaths.DirectoryOf(staging));
        File.WriteAllText(Path.Combine(staging, "file"), content);
        return staging;
    }

    private void Put(string path, string content)
    {
        var file = Path.Combine(_directory.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    private IEnumerable<string> Content() =>
        [.. Directory.EnumerateFileSystemEntries(_directory.FullName, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static CloningMetrics NewMetrics() => new(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()));
}

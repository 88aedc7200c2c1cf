using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.GitFiles;
using GitServer;

namespace CodeRepoOperator.Cloning.Consolidating;

/// <summary>Clones that have gathered packs are made anew, with one, and nobody notices.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class CloneConsolidatorTests(KubeApiServer cluster)
{
    /// <summary>From so many packs on a clone is due for certain: the limit is from one to two.</summary>
    private const int Many = 3;

    private static readonly StoreOptions Settings = new() { ConsolidateAbovePacks = 1 };

    /// <summary>A round, 15 s, is a quarter of a second then, and the rest after an attempt short.</summary>
    private static readonly TimeProvider Hasty = new HastyTime(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_clone_that_was_followed_for_long_has_one_pack_again_and_is_otherwise_what_it_was()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster, Settings);
        var project = await ProjectAsync(fixture);
        var (wanted, followed) = await FollowAsync(fixture, project, "hello", updates: 7);
        Assert.Equal(8, PackCount(fixture, "hello"));
        var tree = Path.Combine(fixture.Layout.Clone(wanted.Key), "kept.txt");
        var inode = await InodeAsync(tree);

        await using (await RunAsync(fixture))
        {
            await SeeAsync(fixture, ConsolidationOutcome.Consolidated, 1);
        }

        Assert.Equal(1, PackCount(fixture, "hello"));
        var made = fixture.Store.FindWarm(wanted)!;
        Assert.NotEqual(followed.MarkerWrittenAt, made.MarkerWrittenAt);
        Assert.Equal(
            (followed.Marker.Commit, followed.Marker.ClonedAt, followed.TreeName),
            (made.Marker.Commit, made.Marker.ClonedAt, made.TreeName)
        );
        await ClonedTree.SoundAsync(fixture.Layout.Clone(wanted.Key), followed.Marker.Commit);
        Assert.Equal(inode, await InodeAsync(tree));
        Assert.Contains("8 packs became 1", Assert.Single(fixture.ConsolidationLog.Entries).Text, StringComparison.Ordinal);
        Assert.Equal(7, await fixture.MetricAsync("coderepo_repos_updated_total"));
        Assert.Equal(0, await fixture.SumAsync("coderepo_repos_recloned_total"));

        // What is followed on builds on it.
        var commit = await project.CommitAsync("new.txt", "new\n");
        await fixture.RefreshAsync(wanted, made, Token);
        Assert.Equal(2, PackCount(fixture, "hello"));
        await ClonedTree.SoundAsync(fixture.Layout.Clone(wanted.Key), commit);
    }

    [Fact]
    public async Task Many_that_are_due_at_once_are_made_one_after_the_other()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster, Settings);
        var project = await ProjectAsync(fixture);
        string[] names = ["a", "b", "c", "d", "e"];
        foreach (var name in names)
        {
            await FollowAsync(fixture, project, name, Many);
        }

        // All at the newest commit, which those that came later have made.
        foreach (var wanted in names.Select(name => fixture.Want(name)))
        {
            await fixture.RefreshAsync(wanted, fixture.Store.FindWarm(wanted)!, Token);
        }

        var most = 0;
        fixture.Remote.Server.Fault = _ =>
        {
            most = Math.Max(most, Directory.GetDirectories(fixture.Layout.Staging).Length);
            return null;
        };
        await using (await RunAsync(fixture))
        {
            await SeeAsync(fixture, ConsolidationOutcome.Consolidated, names.Length);
        }

        Assert.All(names, name => Assert.Equal(1, PackCount(fixture, name)));
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task A_remote_that_fails_is_not_asked_again_and_again()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster, Settings);
        var project = await ProjectAsync(fixture);
        var (wanted, followed) = await FollowAsync(fixture, project, "hello", Many);
        await FollowAsync(fixture, project, "other", Many);
        var asked = 0;
        fixture.Remote.Server.Fault = _ =>
        {
            Interlocked.Increment(ref asked);
            return new RequestFault { Status = 503 };
        };

        // After some minutes, which are as many seconds.
        var time = new CountingTime(Hasty);
        await using (await RunAsync(fixture, time))
        {
            await Eventually.True(() => time.Reads > 30, CloneFixture.Soon, Token);
        }

        Assert.InRange(asked, 1, 3);
        Assert.Equal(1, await ResultsAsync(fixture, ConsolidationOutcome.Failed));
        Assert.Equal(followed, fixture.Store.FindWarm(wanted));
        Assert.Equal(0, await fixture.SumAsync("coderepo_clone_failures_total"));
    }

    [Fact]
    public async Task An_update_does_not_wait_for_it_and_is_what_stays()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster, Settings);
        var project = await ProjectAsync(fixture);
        var (wanted, followed) = await FollowAsync(fixture, project, "hello", Many);
        var hanging = new Gate();
        fixture.Remote.Server.Fault = request =>
            IsFetch(request) && hanging.Arrive() ? new RequestFault { HangAfter = 100, At = RequestStage.Fetch } : null;

        await using (await RunAsync(fixture))
        {
            await hanging.WhenReachedAsync(Token);
            var commit = await project.CommitAsync("new.txt", "new\n");
            var updated = await fixture.RefreshAsync(wanted, followed, Token);
            Assert.IsType<CloneChange.Updated>(updated.Change);
            await SeeAsync(fixture, ConsolidationOutcome.Superseded, 1);
            await ClonedTree.SoundAsync(fixture.Layout.Clone(wanted.Key), commit);
        }

        await Eventually.True(() => Directory.GetDirectories(fixture.Layout.Staging).Length == 0, CloneFixture.Soon, Token);
    }

    [Fact]
    public async Task It_gives_way_to_a_clone_that_needs_its_part_of_the_quota()
    {
        var settings = new StoreOptions
        {
            ConsolidateAbovePacks = 1,
            Quotas =
            [
                new NamespaceQuota
                {
                    Namespace = "team",
                    Bytes = 3_000_000,
                    Files = 100_000,
                },
            ],
        };
        await using var fixture = await StoreFixture.StartAsync(cluster, settings);
        var project = await ProjectAsync(fixture);
        var (wanted, followed) = await FollowAsync(fixture, project, "hello", Many);
        await fixture.Trash.EmptyAsync(roomWanted: true, Token);
        var large = await fixture.Remote.ProjectAsync("large.git");
        var content = new byte[800_000];
        Random.Shared.NextBytes(content);
        await File.WriteAllBytesAsync(large.Path("large.bin"), content, Token);
        await large.PushAsync();
        var hanging = new Gate();
        fixture.Remote.Server.Fault = request =>
            IsFetch(request) && request.Path.Value!.Contains("project", StringComparison.Ordinal) && hanging.Arrive()
                ? new RequestFault { HangAfter = 100, At = RequestStage.Fetch }
                : null;

        await using (await RunAsync(fixture))
        {
            await hanging.WhenReachedAsync(Token);
            var made = await fixture.EnsureAsync(
                fixture.Want("large", repo => repo.Spec.GitUrl = fixture.Remote.Server.UrlOf("large.git")),
                Token
            );
            Assert.Null(made.Failure);
            await SeeAsync(fixture, ConsolidationOutcome.GaveWay, 1);
        }

        Assert.Equal(followed, fixture.Store.FindWarm(wanted));
    }

    [Fact]
    public async Task A_branch_that_has_moved_is_left_to_an_update()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster, Settings);
        var project = await ProjectAsync(fixture);
        var (wanted, followed) = await FollowAsync(fixture, project, "hello", Many);
        await project.CommitAsync("new.txt", "new\n");

        await using (await RunAsync(fixture))
        {
            await SeeAsync(fixture, ConsolidationOutcome.Moved, 1);
        }

        Assert.Equal(followed, fixture.Store.FindWarm(wanted));
        Assert.Equal(Many, await fixture.MetricAsync("coderepo_repos_updated_total"));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_CodeRepo_shows_nothing_of_it()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var before = await fixture.StartReadyOperatorAsync(("Store__ConsolidateAbovePacks", "0"));
        await fixture.CreateAsync();
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        for (var (update, commit) = (0, ""); update < Many; update++)
        {
            commit = await fixture.Project.CommitAsync("new.txt", $"{update}\n");
            await fixture.RequestAsync($"{update}");
            await fixture.SeeAsync("the new commit", repo => repo.Status?.Commit == commit);
        }

        await before.StopAsync(Token);

        var followed = await fixture.GetAsync();
        var events = await fixture.EventsAsync();
        var running = await fixture.StartReadyOperatorAsync(("Store__ConsolidateAbovePacks", "1"));
        await Eventually.SeeAsync(
            "a consolidation",
            token => running.MetricAsync("coderepo_clone_consolidations_total{result=\"Consolidated\"}", token),
            seen => seen == 1,
            CloneFixture.Soon,
            Token
        );

        Assert.Single(Directory.GetFiles(GitPaths.PacksIn(GitPaths.DirectoryOf(fixture.Clone())), "*.pack"));
        await fixture.SeeCloneAsync(followed.Status!.Commit!);

        // What a reconcile after it writes is what it was, and it asks for nothing.
        await fixture.RequestAsync("after");
        var after = await fixture.SeeAsync("the request echoed", repo => repo.Status?.LastHandledReconcileAt == "after");
        Assert.Equal(followed.Status.ClonedAt, after.Status!.ClonedAt);
        Assert.Equal(0, after.Status.Reclones);
        Assert.Equal(
            CloneFixture.Condition(followed, ConditionTypes.Ready)!.LastTransitionTime,
            CloneFixture.Condition(after, ConditionTypes.Ready)!.LastTransitionTime
        );
        Assert.Equal(events, await fixture.EventsAsync());
        Assert.Equal(0, await running.MetricAsync("coderepo_repos_updated_total", Token));
    }

    private static bool IsFetch(Microsoft.AspNetCore.Http.HttpRequest request) =>
        request.HttpContext.Items[typeof(RequestStage)] is RequestStage.Fetch;

    private static async Task<GitProject> ProjectAsync(StoreFixture fixture)
    {
        var project = await fixture.Remote.ProjectAsync();
        await project.CommitAsync("kept.txt", "kept\n");
        return project;
    }

    /// <summary>Clones, and follows so many commits.</summary>
    private static async Task<(DesiredClone Wanted, PublishedClone Clone)> FollowAsync(
        StoreFixture fixture,
        GitProject project,
        string name,
        int updates
    )
    {
        var wanted = fixture.Want(name);
        var clone = (await fixture.EnsureAsync(wanted, Token)).Published!;
        for (var update = 0; update < updates; update++)
        {
            await project.CommitAsync($"{name}.txt", $"{update}\n");
            clone = (await fixture.RefreshAsync(wanted, clone, Token)).Published!;
        }

        return (wanted, clone);
    }

    private static int PackCount(StoreFixture fixture, string name) =>
        Directory.GetFiles(GitPaths.PacksIn(GitPaths.DirectoryOf(fixture.Layout.Clone(new("team", name)))), "*.pack").Length;

    private static async Task<string> InodeAsync(string file) =>
        (await ProcessRunner.RunAsync("stat", ["-c", "%i", file], new Dictionary<string, string>(), "", Token)).OutputOrThrow().Trim();

    private static Task<double> ResultsAsync(StoreFixture fixture, ConsolidationOutcome outcome) =>
        fixture.MetricAsync($"coderepo_clone_consolidations_total{{result=\"{outcome}\"}}");

    private static async Task SeeAsync(StoreFixture fixture, ConsolidationOutcome outcome, int times) =>
        await Eventually.SeeAsync(
            $"{outcome} {times} times",
            _ => ResultsAsync(fixture, outcome),
            seen => seen >= times,
            CloneFixture.Soon,
            Token
        );

    private static async Task<IAsyncDisposable> RunAsync(StoreFixture fixture, TimeProvider? time = null)
    {
        var loop = fixture.NewConsolidator(time ?? Hasty);
        await loop.StartAsync(Token);
        return new Running(loop);
    }

    /// <summary>Counts how often somebody looks at the clock: the loop does so at least once a round.</summary>
    private sealed class CountingTime(TimeProvider time) : TimeProvider
    {
        private int _reads;

        public int Reads => Volatile.Read(ref _reads);

        public override long GetTimestamp()
        {
            Interlocked.Increment(ref _reads);
            return time.GetTimestamp();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            time.CreateTimer(callback, state, dueTime, period);
    }

    private sealed class Running(CloneConsolidator loop) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await loop.StopAsync(CancellationToken.None);
            loop.Dispose();
        }
    }
}

using System.Diagnostics;
using System.Net;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>Two operators on one store: one writes, the other waits and takes over.</summary>
[Trait("Category", "Slow")]
public sealed class TakeoverTests(KubeApiServer cluster)
{
    /// <summary>A second until the free Lease is seen, two until the store is tried again, and what a busy machine adds.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(8);

    /// <summary>Stops a process in the flush right before the last check and the rename.</summary>
    private static readonly string[] StopBeforePublish =
    [
        "strace",
        "-D",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "trace=syncfs",
        "-e",
        "inject=syncfs:signal=STOP:when=1",
    ];

    /// <summary>As on another node, when the file system's locks don't reach that far.</summary>
    private static readonly string[] WithoutLocks =
    [
        "strace",
        "-D",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        "trace=flock",
        "-e",
        "inject=flock:retval=0",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Signal.Terminate, 30)]
    [InlineData(Signal.Kill, 3)]
    public async Task A_second_operator_waits_says_so_and_takes_over_when_the_first_is_gone(int signal, int leaseSeconds)
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var lease = ("Operator__LeaseDuration", TimeSpan.FromSeconds(leaseSeconds).ToString());
        var first = await fixture.StartReadyOperatorAsync(lease);
        await fixture.CreateAsync();
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        var second = await fixture.StartOperatorAsync(lease);
        await Eventually.HoldsAsync(
            "it says that it waits",
            async token =>
                (await second.GetAsync("/readyz", token)) is (HttpStatusCode.ServiceUnavailable, var body)
                && body.Contains("lease", StringComparison.Ordinal)
                && second.Log.Contains("Waiting for lease store-coderepo-operator-0", StringComparison.Ordinal),
            CloneFixture.Soon,
            Token
        );

        await (signal == Signal.Kill ? first.KillAsync(Token) : first.StopAsync(Token));
        var gone = Stopwatch.GetTimestamp();
        await second.WhenReadyAsync(Token);

        // Asked to stop, the first one gives its Lease back: nobody waits for the end of it.
        Assert.InRange(
            Stopwatch.GetElapsedTime(gone),
            TimeSpan.Zero,
            signal == Signal.Kill ? TimeSpan.FromSeconds(leaseSeconds) + Slack : Slack
        );
        fixture.LoseClone();
        await fixture.SeeAsync("the second one heals", repo => repo.Status?.Reclones == 1);
    }

    [Fact]
    public async Task One_that_was_stopped_past_its_Lease_right_before_it_publishes_does_not_publish_and_lets_go()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var first = await fixture.StartOperatorUnderAsync(StopBeforePublish);
        await first.WhenReadyAsync(Token);
        await fixture.CreateAsync();
        await SeeStoppedAsync(first);
        var second = await fixture.StartOperatorAsync();
        var commit = await fixture.Project.CommitAsync("new.txt", "new\n");
        await Eventually.HoldsAsync(
            "the second has the Lease and waits for the lock",
            async token => (await second.GetAsync("/readyz", token)).Body.Contains("holds the store's lock", StringComparison.Ordinal),
            CloneFixture.Soon,
            Token
        );
        Assert.False(Directory.Exists(fixture.Clone()));

        Signal.Send(first.Id, Signal.Continue);

        await second.WhenReadyAsync(Token);
        await fixture.SeeCloneAsync(commit);
        await SeePublishedNothingAsync(first);
        Assert.Equal(1, await second.MetricAsync("coderepo_repos_cloned_total", Token));
        Assert.Equal(0, await second.MetricAsync("coderepo_repos_updated_total", Token));
    }

    [Fact]
    public async Task Where_locks_do_not_reach_the_Lease_alone_keeps_one_that_was_stopped_from_publishing()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var first = await fixture.StartOperatorUnderAsync(StopBeforePublish);
        await first.WhenReadyAsync(Token);
        await fixture.CreateAsync();
        await SeeStoppedAsync(first);
        var staging = Assert.Single(Directory.GetDirectories(Path.Combine(fixture.Store, ".coderepo", "tmp")));
        var commit = await fixture.Project.CommitAsync("new.txt", "new\n");
        var second = await fixture.StartOperatorUnderAsync(WithoutLocks);
        await second.WhenReadyAsync(Token);
        await fixture.SeeCloneAsync(commit);

        // What the second cleared away comes back, so that nothing but the Lease is in the way of the first.
        await CopyAsync(fixture.Clone(), staging);
        await File.WriteAllTextAsync(Path.Combine(staging, "README.md"), "of the first", Token);
        Signal.Send(first.Id, Signal.Continue);

        await SeePublishedNothingAsync(first);
        await fixture.SeeCloneAsync(commit);
        Assert.Equal(0, await second.MetricAsync("coderepo_repos_recloned_total{reason=\"FolderMissing\"}", Token));
    }

    [Fact]
    [Trait("Category", "Soak")]
    public async Task One_that_was_stopped_for_two_minutes_lets_go_and_works_again_when_it_is_its_turn()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var first = await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        Signal.Send(first.Id, Signal.Stop);
        var stopped = Stopwatch.GetTimestamp();
        var second = await fixture.StartOperatorUnderAsync(WithoutLocks);
        await second.WhenReadyAsync(Token);
        await SeeFollowedAsync(fixture, "while the first is stopped");
        await Eventually.True(() => Stopwatch.GetElapsedTime(stopped) > TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(3), Token);

        Signal.Send(first.Id, Signal.Continue);

        await Eventually.HoldsAsync(
            "the first has seen that it lost the Lease",
            async token => await first.MetricAsync("coderepo_store_lease_held", token) == 0,
            CloneFixture.Soon,
            Token
        );
        await SeeFollowedAsync(fixture, "while the second holds the Lease");
        Assert.Equal(0, await first.MetricAsync("coderepo_repos_updated_total", Token));

        await second.StopAsync(Token);
        await first.WhenReadyAsync(Token);
        await SeeFollowedAsync(fixture, "by the first again");
        Assert.Equal(1, await first.MetricAsync("coderepo_repos_updated_total", Token));
        Assert.Equal(HttpStatusCode.OK, (await first.GetAsync("/healthz", Token)).Status);
    }

    private static async Task SeeFollowedAsync(CloneFixture fixture, string when)
    {
        var commit = await fixture.Project.CommitAsync("new.txt", when);
        await fixture.RequestAsync(commit);
        await fixture.SeeAsync($"the commit {when}", repo => repo.Status?.Commit == commit);
        await fixture.SeeCloneAsync(commit);
    }

    private static Task SeeStoppedAsync(OperatorProcess process) =>
        Eventually.HoldsAsync(
            "it is stopped",
            async token => (await File.ReadAllTextAsync($"/proc/{process.Id}/stat", token)).Split(' ')[2] is "t" or "T",
            CloneFixture.Soon,
            Token
        );

    /// <summary>Waits until a clone was tried and is over, and looks whether it was published.</summary>
    private static async Task SeePublishedNothingAsync(OperatorProcess process)
    {
        await Eventually.HoldsAsync(
            "no clone is under way, and another holds the Lease",
            async token =>
                await process.MetricAsync("coderepo_clones_in_progress", token) == 0
                && await process.MetricAsync("coderepo_store_lease_held", token) == 0
                && await process.MetricAsync("coderepo_clone_duration_seconds_count", token) == 1,
            CloneFixture.Soon,
            Token
        );
        Assert.Equal(0, await process.MetricAsync("coderepo_repos_cloned_total", Token));
    }

    private static async Task CopyAsync(string from, string to) =>
        (
            await ProcessRunner.RunAsync("cp", ["-a", from, to], new Dictionary<string, string>(StringComparer.Ordinal), "", Token)
        ).OutputOrThrow();
}

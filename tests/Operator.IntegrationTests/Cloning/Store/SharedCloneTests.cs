using System.Diagnostics;
using CodeRepoOperator.Cloning.Inspecting;
using GitServer;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>Many callers, one clone.</summary>
public sealed class SharedCloneTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Thirty_two_callers_clone_once()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await (await fixture.Remote.ProjectAsync()).CommitAsync("a.txt", "a");
        Assert.Null((await fixture.EnsureAsync(fixture.Want("alone"), Token)).Failure);
        var ofOneClone = fixture.Remote.Server.Requests;
        fixture.Remote.Server.ResetCounters();

        // Of one clone, though not of one spec.
        var callers = Enumerable
            .Range(1, 32)
            .Select(i => fixture.Want(change: repo => repo.Spec.Timeout = $"{i}m"))
            .Select(wanted => Task.Run(() => fixture.EnsureAsync(wanted, Token)));
        var results = await Task.WhenAll(callers);

        Assert.Equal(ofOneClone, fixture.Remote.Server.Requests);
        Assert.All(results, result => Assert.Equal(results[0].Published, result.Published));
        Assert.NotNull(results[0].Published);
        Assert.Equal(2, await fixture.MetricAsync("coderepo_repos_cloned_total"));
    }

    [Fact]
    public async Task Those_who_give_up_do_not_stop_it_for_the_others()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await (await fixture.Remote.ProjectAsync()).CommitAsync("a.txt", "a");
        using var gate = new ManualResetEventSlim();
        fixture.Remote.Server.Fault = _ =>
        {
            gate.Wait(Token);
            return null;
        };
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var wanted = fixture.Want();
        var gone = Enumerable.Range(0, 16).Select(_ => fixture.EnsureAsync(wanted, impatient.Token)).ToArray();
        var patient = Enumerable.Range(0, 16).Select(_ => fixture.EnsureAsync(wanted, Token)).ToArray();
        await Eventually.True(() => fixture.Remote.Server.Requests == 1, CloneFixture.Soon, Token);

        await impatient.CancelAsync();
        foreach (var caller in gone)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => caller);
        }

        gate.Set();
        Assert.All(await Task.WhenAll(patient), result => Assert.NotNull(result.Published));
        Assert.Equal(1, await fixture.MetricAsync("coderepo_repos_cloned_total"));
    }

    [Fact]
    public async Task When_all_have_given_up_the_worker_ends_within_a_second_and_leaves_nothing()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await (await fixture.Remote.ProjectAsync()).CommitAsync("a.txt", new string('a', 5000));

        // The one that brings the pack: two are the operator's, two more the worker's poll.
        fixture.Remote.Server.Fault = _ => fixture.Remote.Server.Requests == 5 ? new RequestFault { HangAfter = 150 } : null;
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var wanted = fixture.Want();
        var callers = Enumerable.Range(0, 32).Select(_ => fixture.EnsureAsync(wanted, impatient.Token)).ToArray();
        await Eventually.True(() => StoreFixture.Workers(fixture.Layout.Staging).Any(), CloneFixture.Soon, Token);

        var started = Stopwatch.GetTimestamp();
        await impatient.CancelAsync();
        await Eventually.True(() => !StoreFixture.Workers(fixture.Layout.Staging).Any(), CloneFixture.Soon, Token);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(1));

        foreach (var caller in callers)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => caller);
        }

        Assert.Empty(Directory.GetFileSystemEntries(fixture.Layout.Staging));
        Assert.False(Directory.Exists(fixture.Layout.Clone(wanted.Key)));
    }

    [Fact]
    public async Task Clones_of_two_specs_of_one_CodeRepo_are_never_made_at_once()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var project = await fixture.Remote.ProjectAsync();
        await project.CommitAsync("a.txt", "a");
        await project.CommitAsync("b.txt", "b", "other");
        var most = 0;
        fixture.Remote.Server.Fault = _ =>
        {
            most = Math.Max(most, Directory.GetFileSystemEntries(fixture.Layout.Staging).Length);
            return null;
        };

        var first = fixture.EnsureAsync(fixture.Want(), Token);
        var second = fixture.EnsureAsync(fixture.Want(change: repo => repo.Spec.Branch = "other"), Token);
        await Task.WhenAll(first, second);

        Assert.Equal(1, most);
        Assert.Equal(Entities.Reasons.Superseded, (await first).Failure?.Reason);
        Assert.Equal("other", (await second).Published?.Marker.Branch);
    }

    [Fact]
    public async Task What_is_to_be_done_is_decided_once_when_those_before_have_published()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await (await fixture.Remote.ProjectAsync()).CommitAsync("a.txt", "a");
        using var gate = new ManualResetEventSlim();
        fixture.Remote.Server.Fault = _ =>
        {
            gate.Wait(Token);
            return null;
        };
        var (decidedFirst, decidedThen) = (new List<CloneDecision>(), new List<CloneDecision>());
        var wanted = fixture.Want();
        var first = fixture.EnsureAsync(wanted, decidedFirst.Add, Token);
        await Eventually.True(() => fixture.Remote.Server.Requests == 1, CloneFixture.Soon, Token);
        var then = fixture.EnsureAsync(wanted with { Depth = 7 }, decidedThen.Add, Token);

        gate.Set();

        Assert.IsType<CloneDecision.CloneFirst>(Assert.Single(decidedFirst));
        var published = (await first).Published;
        await then;
        var replaced = Assert.IsType<CloneDecision.Replace>(Assert.Single(decidedThen)).Published;
        Assert.Equal(published!.MarkerWrittenAt, replaced.MarkerWrittenAt);
    }
}

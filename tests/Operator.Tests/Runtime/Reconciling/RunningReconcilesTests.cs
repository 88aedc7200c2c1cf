using CodeRepoOperator.Cloning;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Runtime.Reconciling;

public sealed class RunningReconcilesTests
{
    private static readonly NamespacedName Key = NamespacedName.Of(TestClones.Repo());

    private readonly FakeTimeProvider _time = new();
    private readonly EntityCache<CodeRepo> _cache = new();
    private readonly RunningReconciles<CodeRepo> _running;

    public RunningReconcilesTests()
    {
        _running = new RunningReconciles<CodeRepo>(_cache, _time);
        _cache.Store(TestClones.Repo());
    }

    [Fact]
    public void A_change_of_its_object_ends_a_reconcile_and_a_change_of_its_status_does_not()
    {
        using var reconcile = Begin();

        _cache.Store(TestClones.Repo(repo => repo.Status = new CodeRepoStatus()));
        _running.EndIfSuperseded(Key);
        Assert.False(reconcile.Token.IsCancellationRequested);

        _cache.Store(TestClones.Repo(repo => repo.Metadata.Generation++));
        _running.EndIfSuperseded(Key);
        Assert.True(reconcile.Token.IsCancellationRequested);
    }

    [Fact]
    public void A_reconcile_that_another_worker_began_is_ended_by_a_change_though_the_one_before_it_is_removed_later()
    {
        using var first = Begin();
        using var second = Begin();
        _running.Remove(Key, first);

        _cache.Store(TestClones.Repo(repo => repo.Metadata.Generation++));
        _running.EndIfSuperseded(Key);

        Assert.True(second.Token.IsCancellationRequested);
    }

    [Fact]
    public void A_worker_is_wedged_a_minute_after_its_reconcile_should_have_ended()
    {
        using var reconcile = Begin();
        _cache.Store(TestClones.Repo(repo => repo.Metadata.Generation++));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(_running.IsWedged);

        _running.EndIfSuperseded(Key);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(_running.IsWedged);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(_running.IsWedged);

        _running.Remove(Key, reconcile);
        Assert.False(_running.IsWedged);
    }

    private RunningReconcile<CodeRepo> Begin() => _running.Add(Key, CancellationToken.None, CancellationToken.None);
}

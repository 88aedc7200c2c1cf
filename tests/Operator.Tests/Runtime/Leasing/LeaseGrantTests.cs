using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Runtime.Leasing;

public sealed class LeaseGrantTests : IDisposable
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(15);

    private readonly FakeTimeProvider _time = new();
    private readonly LeaseGrant _grant;

    public LeaseGrantTests() => _grant = new LeaseGrant(Duration, _time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _grant.Dispose();

    [Fact]
    public void It_is_held_for_its_duration_from_the_request_on_whether_or_not_anybody_says_that_it_has_run_out()
    {
        var asked = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(_grant.Renew(asked));

        _time.Advance(Duration - TimeSpan.FromSeconds(5) - TimeSpan.FromMilliseconds(1));
        Assert.True(_grant.IsHeld);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(_grant.IsHeld);

        Assert.True(_grant.Expire());
        Assert.False(_grant.Expire());
    }

    [Fact]
    public async Task When_it_has_run_out_what_runs_goes_on_and_when_another_takes_it_what_runs_ends()
    {
        var waiting = _grant.WhenHeldAsync(Token);
        Assert.False(waiting.IsCompleted);
        Assert.True(_grant.Renew(_time.GetTimestamp()));
        Assert.False(_grant.Renew(_time.GetTimestamp()));
        var lost = await waiting;

        _grant.Expire();
        Assert.False(lost.IsCancellationRequested);
        Assert.False(_grant.IsHeldByOther);
        Assert.False(_grant.WhenHeldAsync(Token).IsCompleted);

        _grant.LoseToOther();
        Assert.True(lost.IsCancellationRequested);
        Assert.True(_grant.IsHeldByOther);

        Assert.True(_grant.Renew(_time.GetTimestamp()));
        Assert.False((await _grant.WhenHeldAsync(Token)).IsCancellationRequested);
        Assert.False(_grant.IsHeldByOther);
    }
}

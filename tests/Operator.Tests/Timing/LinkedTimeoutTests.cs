using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Timing;

public sealed class LinkedTimeoutTests : IDisposable
{
    private static readonly TimeSpan After = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _caller = new();

    public void Dispose() => _caller.Dispose();

    [Theory]
    [InlineData(false, false, false, false)]
    [InlineData(true, false, true, true)]
    [InlineData(false, true, true, false)]
    [InlineData(true, true, true, false)]
    public async Task Its_token_ends_with_either_and_a_caller_who_left_sees_no_timeout(bool late, bool left, bool ended, bool elapsed)
    {
        using var timeout = new LinkedTimeout(After, _time, _caller.Token);

        _time.Advance(late ? After : After / 2);
        await (left ? _caller.CancelAsync() : Task.CompletedTask);

        Assert.Equal((ended, elapsed), (timeout.Token.IsCancellationRequested, timeout.HasElapsed));
    }

    [Fact]
    public void It_counts_from_the_last_start()
    {
        using var timeout = new LinkedTimeout(After, _time, _caller.Token);

        _time.Advance(After / 2);
        timeout.Restart(After);
        _time.Advance(After / 2);
        Assert.False(timeout.HasElapsed);

        _time.Advance(After);
        timeout.Restart(After);
        Assert.True(timeout.HasElapsed);
    }

    [Fact]
    public async Task A_caller_who_left_before_it_began_ends_it_at_once()
    {
        await _caller.CancelAsync();

        using var timeout = new LinkedTimeout(After, _time, _caller.Token);

        Assert.True(timeout.Token.IsCancellationRequested);
        Assert.False(timeout.HasElapsed);
    }

    [Fact]
    public void It_waits_for_nothing_once_it_is_disposed_of()
    {
        var timeout = new LinkedTimeout(After, _time, _caller.Token);
        var token = timeout.Token;

        timeout.Dispose();
        _time.Advance(After);

        Assert.False(token.IsCancellationRequested);
    }
}

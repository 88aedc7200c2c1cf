using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.GitWorker.Limits;

public sealed class PaceTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Pace _pace;

    public PaceTests() => _pace = new Pace(1000, _time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task So_much_is_read_each_second_and_no_more()
    {
        var spent = _pace.SpendAsync(500, Token).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(spent.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await spent;
        Assert.Equal(500, _pace.Bytes);
    }

    [Fact]
    public async Task Little_pieces_are_waited_for_together()
    {
        Assert.True(_pace.SpendAsync(10, Token).AsTask().IsCompletedSuccessfully);
        var spent = _pace.SpendAsync(10, Token).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(19));
        Assert.False(spent.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await spent;
    }

    [Fact]
    public void Time_in_which_nothing_was_read_is_not_caught_up()
    {
        _time.Advance(TimeSpan.FromHours(1));

        Assert.False(_pace.SpendAsync(500, Token).AsTask().IsCompleted);
    }

    [Fact]
    public async Task A_wait_ends_when_reported_to()
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var spent = _pace.SpendAsync(1_000_000, ended.Token).AsTask();
        await ended.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => spent);
    }
}

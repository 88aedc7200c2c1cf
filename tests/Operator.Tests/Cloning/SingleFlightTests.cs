namespace CodeRepoOperator.Cloning;

public sealed class SingleFlightTests
{
    private readonly SingleFlight<string, int> _flights = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Callers_at_the_same_time_share_one_piece_of_work()
    {
        var starts = 0;
        var gate = new TaskCompletionSource<int>();
        Task<int> Work(CancellationToken token)
        {
            Interlocked.Increment(ref starts);
            return gate.Task;
        }

        var callers = Enumerable.Range(0, 32).Select(_ => _flights.RunAsync("a", Work, Token)).ToArray();
        gate.SetResult(42);

        Assert.All(await Task.WhenAll(callers), result => Assert.Equal(42, result));
        Assert.Equal(1, starts);
    }

    [Fact]
    public async Task A_later_caller_starts_anew()
    {
        Assert.Equal(1, await _flights.RunAsync("a", _ => Task.FromResult(1), Token));
        Assert.Equal(2, await _flights.RunAsync("a", _ => Task.FromResult(2), Token));
    }

    [Fact]
    public async Task One_who_gives_up_does_not_stop_it_for_the_others()
    {
        var gate = new TaskCompletionSource<int>();
        using var impatient = new CancellationTokenSource();
        var patient = _flights.RunAsync("a", token => gate.Task.WaitAsync(token), Token);
        var gone = _flights.RunAsync("a", _ => Task.FromResult(0), impatient.Token);

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        gate.SetResult(42);

        Assert.Equal(42, await patient);
    }

    [Fact]
    public async Task The_work_is_cancelled_when_the_last_one_has_given_up()
    {
        var cancelled = new TaskCompletionSource();
        using var impatient = new CancellationTokenSource();
        var only = _flights.RunAsync(
            "a",
            async token =>
            {
                try
                {
                    return await new TaskCompletionSource<int>().Task.WaitAsync(token);
                }
                finally
                {
                    cancelled.SetResult();
                }
            },
            impatient.Token);

        await impatient.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => only);
        await cancelled.Task.WaitAsync(Token);
    }

    [Fact]
    public async Task A_failure_reaches_every_caller()
    {
        var gate = new TaskCompletionSource<int>();
        var callers = Enumerable.Range(0, 3).Select(_ => _flights.RunAsync("a", _ => gate.Task, Token)).ToArray();
        gate.SetException(new InvalidOperationException("no"));

        foreach (var caller in callers)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => caller);
        }
    }
}

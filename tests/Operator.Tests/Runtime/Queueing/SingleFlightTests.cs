namespace CodeRepoOperator.Runtime.Queueing;

public sealed class SingleFlightTests
{
    private readonly SingleFlight<string, string, int> _flights = new();

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

        var callers = Enumerable.Range(0, 32).Select(_ => _flights.RunAsync("group", "a", Work, Token)).ToArray();
        gate.SetResult(42);

        Assert.All(await Task.WhenAll(callers), result => Assert.Equal(42, result));
        Assert.Equal(1, starts);
    }

    [Fact]
    public async Task A_later_caller_starts_anew()
    {
        Assert.Equal(1, await _flights.RunAsync("group", "a", _ => Task.FromResult(1), Token));
        Assert.Equal(2, await _flights.RunAsync("group", "a", _ => Task.FromResult(2), Token));
    }

    [Fact]
    public async Task One_who_gives_up_does_not_stop_it_for_the_others()
    {
        var gate = new TaskCompletionSource<int>();
        using var impatient = new CancellationTokenSource();
        var patient = _flights.RunAsync("group", "a", token => gate.Task.WaitAsync(token), Token);
        var gone = _flights.RunAsync("group", "a", _ => Task.FromResult(0), impatient.Token);

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        gate.SetResult(42);

        Assert.Equal(42, await patient);
    }

    [Fact]
    public async Task The_work_is_cancelled_when_the_last_one_has_given_up()
    {
        var (begun, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource());
        using var impatient = new CancellationTokenSource();
        var only = _flights.RunAsync(
            "group",
            "a",
            async token =>
            {
                begun.SetResult();
                try
                {
                    return await new TaskCompletionSource<int>().Task.WaitAsync(token);
                }
                finally
                {
                    cancelled.SetResult();
                }
            },
            impatient.Token
        );

        await begun.Task;
        await impatient.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => only);
        await cancelled.Task.WaitAsync(Token);
    }

    [Fact]
    public async Task A_failure_reaches_every_caller()
    {
        var gate = new TaskCompletionSource<int>();
        var callers = Enumerable.Range(0, 3).Select(_ => _flights.RunAsync("group", "a", _ => gate.Task, Token)).ToArray();
        gate.SetException(new InvalidOperationException("no"));

        foreach (var caller in callers)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => caller);
        }
    }

    [Fact]
    public async Task Different_work_in_one_group_is_done_one_after_the_other_in_order()
    {
        var (running, order) = (0, new List<string>());
        var gate = new TaskCompletionSource();
        Task<int> Do(string what) =>
            _flights.RunAsync(
                "group",
                what,
                async token =>
                {
                    Assert.Equal(1, Interlocked.Increment(ref running));
                    order.Add(what);
                    await gate.Task;
                    return Interlocked.Decrement(ref running);
                },
                Token
            );

        Task<int>[] all = [Do("ensure"), Do("refresh"), Do("ensure"), Do("ensure"), Do("of another spec")];
        gate.SetResult();

        await Task.WhenAll(all);
        Assert.Equal(["ensure", "refresh", "ensure", "of another spec"], order);
    }

    [Fact]
    public async Task Groups_do_not_wait_for_each_other()
    {
        var gate = new TaskCompletionSource<int>();
        var slow = _flights.RunAsync("slow", "a", _ => gate.Task, Token);

        Assert.Equal(2, await _flights.RunAsync("group", "a", _ => Task.FromResult(2), Token));
        gate.SetResult(1);
        Assert.Equal(1, await slow);
    }

    [Fact]
    public async Task Who_comes_while_given_up_work_ends_waits_for_its_end_and_starts_anew()
    {
        var (begun, ending, ended) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        using var impatient = new CancellationTokenSource();
        var only = _flights.RunAsync(
            "group",
            "a",
            async token =>
            {
                begun.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                ending.SetResult();
                await ended.Task;
                return 1;
            },
            impatient.Token
        );
        await begun.Task;
        await impatient.CancelAsync();
        await ending.Task;

        var anew = _flights.RunAsync("group", "a", _ => Task.FromResult(ended.Task.IsCompleted ? 2 : 0), Token);
        ended.SetResult();

        Assert.Equal(2, await anew);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => only);
    }

    [Fact]
    public async Task Who_gives_up_while_waiting_in_the_group_is_gone_at_once_and_its_work_never_begins()
    {
        var gate = new TaskCompletionSource<int>();
        var first = _flights.RunAsync("group", "a", _ => gate.Task, Token);
        using var impatient = new CancellationTokenSource();
        var begun = 0;
        var second = _flights.RunAsync("group", "b", _ => Task.FromResult(++begun), impatient.Token);

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        gate.SetResult(42);

        Assert.Equal(42, await first);
        Assert.Equal(3, await _flights.RunAsync("group", "c", _ => Task.FromResult(3), Token));
        Assert.Equal(0, begun);
    }
}

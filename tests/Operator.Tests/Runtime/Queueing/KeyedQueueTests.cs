using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Runtime.Queueing;

public sealed class KeyedQueueTests : IDisposable
{
    private static readonly EntityKey A = new("ns", "a");
    private static readonly EntityKey B = new("ns", "b");

    private readonly FakeTimeProvider _time = new();
    private readonly KeyedQueue<object> _queue;

    public KeyedQueueTests() => _queue = new KeyedQueue<object>(_time, new Backoff(new Random(1)));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task Keys_come_out_in_the_order_they_were_added()
    {
        _queue.Add(A);
        _queue.Add(B);

        Assert.Equal(A, await _queue.TakeAsync(Token));
        Assert.Equal(B, await _queue.TakeAsync(Token));
    }

    [Fact]
    public async Task A_key_added_twice_is_worked_on_once()
    {
        _queue.Add(A);
        _queue.Add(A);
        await _queue.TakeAsync(Token);
        _queue.Succeeded(A, requeueAfter: null);

        Assert.Equal(0, _queue.Depth);
        Assert.False(_queue.TakeAsync(Token).IsCompleted);
    }

    [Fact]
    public async Task A_key_added_while_worked_on_returns_once_afterwards()
    {
        _queue.Add(A);
        await _queue.TakeAsync(Token);
        _queue.Add(A);
        _queue.Add(A);
        Assert.Equal(0, _queue.Depth);

        _queue.Succeeded(A, requeueAfter: null);

        Assert.Equal(1, _queue.Depth);
    }

    [Fact]
    public async Task A_key_added_while_worked_on_does_not_wait_for_the_back_off()
    {
        _queue.Add(A);
        await _queue.TakeAsync(Token);
        _queue.Add(A);

        _queue.Failed(A, retryAfter: null);

        Assert.Equal(1, _queue.Depth);
    }

    [Fact]
    public async Task A_requeued_key_returns_when_its_time_has_come_and_not_before()
    {
        _queue.Add(A);
        await _queue.TakeAsync(Token);
        _queue.Succeeded(A, TimeSpan.FromMinutes(5));

        _time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
        Assert.Equal(0, _queue.Depth);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(1, _queue.Depth);
    }

    [Fact]
    public async Task A_requeue_and_an_addition_together_make_one_run()
    {
        _queue.Add(A);
        await _queue.TakeAsync(Token);
        _queue.Succeeded(A, TimeSpan.FromMinutes(5));
        _queue.Add(A);
        await _queue.TakeAsync(Token);
        _queue.Succeeded(A, requeueAfter: null);

        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(0, _queue.Depth);
    }

    [Fact]
    public async Task An_earlier_requeue_is_not_held_up_by_a_later_one()
    {
        _queue.Add(A);
        _queue.Add(B);
        await _queue.TakeAsync(Token);
        await _queue.TakeAsync(Token);
        _queue.Succeeded(A, TimeSpan.FromHours(1));
        _queue.Succeeded(B, TimeSpan.FromMinutes(1));

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(B, await _queue.TakeAsync(Token));
    }

    [Fact]
    public async Task Failures_wait_longer_each_time_and_a_success_forgets_them()
    {
        Assert.InRange(await WaitAfterFailureAsync(), 0.8, 1.2);
        Assert.InRange(await WaitAfterFailureAsync(), 1.6, 2.4);
        Assert.InRange(await WaitAfterFailureAsync(), 3.2, 4.8);

        await _queue.TakeAsync(Token);
        _queue.Succeeded(A, TimeSpan.FromHours(1));
        Assert.InRange(await WaitAfterFailureAsync(), 0.8, 1.2);
    }

    [Fact]
    public async Task The_age_is_that_of_the_key_that_is_next()
    {
        Assert.Equal(TimeSpan.Zero, _queue.OldestAge);
        _queue.Add(A);
        _time.Advance(TimeSpan.FromSeconds(3));
        _queue.Add(B);

        Assert.Equal(TimeSpan.FromSeconds(3), _queue.OldestAge);
        await _queue.TakeAsync(Token);
        Assert.Equal(TimeSpan.Zero, _queue.OldestAge);
    }

    [Fact]
    public async Task Many_workers_and_adders_never_share_a_key_and_lose_none()
    {
        var keys = Enumerable.Range(0, 20).Select(number => new EntityKey("ns", $"{number}")).ToArray();
        var working = new int[keys.Length];
        var handled = new int[keys.Length];
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var workers = Enumerable.Range(0, 8).Select(_ => Task.Run(
            async () =>
            {
                while (true)
                {
                    var key = await _queue.TakeAsync(done.Token);
                    var index = Array.IndexOf(keys, key);
                    Assert.Equal(1, Interlocked.Increment(ref working[index]));
                    await Task.Yield();
                    Interlocked.Increment(ref handled[index]);
                    Interlocked.Decrement(ref working[index]);
                    _queue.Succeeded(key, requeueAfter: null);
                }
            },
            done.Token)).ToArray();

        Parallel.For(0, 2000, number => _queue.Add(keys[number % keys.Length]));
        while (_queue.Depth > 0 || working.Any(count => count > 0))
        {
            await Task.Yield();
            Token.ThrowIfCancellationRequested();
        }

        await done.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(workers));
        Assert.All(handled, count => Assert.True(count > 0));
    }

    /// <summary>Fails the key once and measures, to a tenth of a second, when it is ready again.</summary>
    private async Task<double> WaitAfterFailureAsync()
    {
        _queue.Add(A);
        await _queue.TakeAsync(Token);
        _queue.Failed(A, retryAfter: null);
        var waited = 0;
        while (_queue.Depth == 0)
        {
            _time.Advance(TimeSpan.FromSeconds(0.1));
            waited++;
        }

        return waited / 10.0;
    }
}

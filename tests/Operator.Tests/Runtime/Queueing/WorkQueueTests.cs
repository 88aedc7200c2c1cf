using CodeRepoOperator.Runtime.Client;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Runtime.Queueing;

public sealed class WorkQueueTests : IDisposable
{
    private static readonly NamespacedName A = new("ns", "a");
    private static readonly NamespacedName B = new("ns", "b");

    private readonly FakeTimeProvider _time = new();
    private readonly FakeOrder<object> _order = new();
    private readonly RecordedRetries<object> _retries = new();
    private readonly WorkQueue<object> _queue;

    public WorkQueueTests() => _queue = new WorkQueue<object>(_time, new Backoff(new Random(1)), _order, _retries);

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
    public async Task A_key_that_is_urged_runs_at_once_and_does_not_wait_for_its_time()
    {
        _queue.AddWithPriority(A);
        Assert.Equal(A, await _queue.TakeAsync(Token));
        _queue.Succeeded(A, TimeSpan.FromMinutes(5));

        _queue.AddWithPriority(A);

        Assert.Equal(1, _queue.Depth);
    }

    [Fact]
    public async Task A_key_that_failed_is_not_urged_on_before_its_back_off_is_over()
    {
        _queue.Add(A);
        await _queue.TakeAsync(Token);
        _queue.Failed(A, TimeSpan.FromSeconds(4));
        Assert.Equal([(A, TimeSpan.FromSeconds(4))], _retries.All);

        _time.Advance(TimeSpan.FromSeconds(3));
        _queue.AddWithPriority(A);

        Assert.Equal(0, _queue.Depth);
        Assert.Equal(TimeSpan.FromSeconds(1), _queue.RetryIn(A));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, _queue.Depth);
        Assert.Null(_queue.RetryIn(A));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task A_key_that_is_urged_while_worked_on_runs_once_more_only_after_a_success(bool succeeds, int depth)
    {
        _queue.Add(A);
        await _queue.TakeAsync(Token);
        _queue.AddWithPriority(A);
        _queue.AddWithPriority(A);

        if (succeeds)
        {
            _queue.Succeeded(A, requeueAfter: null);
        }
        else
        {
            _queue.Failed(A, TimeSpan.FromSeconds(4));
        }

        Assert.Equal(depth, _queue.Depth);
    }

    [Fact]
    public async Task A_key_that_is_urged_while_it_waits_for_a_worker_goes_before_others()
    {
        _queue.Add(A);
        _queue.Add(B);
        _order.Awaited.Add(B);

        _queue.AddWithPriority(B);

        Assert.Equal(B, await _queue.TakeAsync(Token));
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
        _queue.Add(A);
        Assert.InRange(await WaitAfterFailureAsync(), 0.8, 1.2);
        Assert.InRange(await WaitAfterFailureAsync(), 1.6, 2.4);
        Assert.InRange(await WaitAfterFailureAsync(), 3.2, 4.8);

        await _queue.TakeAsync(Token);
        _queue.Succeeded(A, TimeSpan.Zero);
        Assert.InRange(await WaitAfterFailureAsync(), 0.8, 1.2);
    }

    [Fact]
    public async Task What_is_added_anew_begins_its_back_off_anew()
    {
        _queue.Add(A);
        await WaitAfterFailureAsync();
        await WaitAfterFailureAsync();

        _queue.Add(A);

        Assert.InRange(await WaitAfterFailureAsync(), 0.8, 1.2);
    }

    [Fact]
    public async Task A_failure_that_is_not_the_objects_own_waits_no_longer_than_its_limit()
    {
        var limit = TimeSpan.FromSeconds(2);
        _queue.Add(A);
        for (var failure = 0; failure < 10; failure++)
        {
            Assert.InRange(await WaitAfterFailureAsync(() => _queue.FailedForNow(A, limit)), 0.8, 2.4);
        }
    }

    [Fact]
    public async Task A_key_that_somebody_waits_for_goes_before_the_others()
    {
        _order.Awaited.Add(B);
        _queue.Add(A);
        _queue.Add(B);

        Assert.Equal(B, await _queue.TakeAsync(Token));
        Assert.Equal(A, await _queue.TakeAsync(Token));
    }

    [Fact]
    public async Task A_key_that_somebody_begins_to_wait_for_moves_up_and_runs_once()
    {
        _queue.Add(A);
        _queue.Add(B);
        _order.Awaited.Add(B);
        _queue.Add(B);

        Assert.Equal(B, await _queue.TakeAsync(Token));
        Assert.Equal(A, await _queue.TakeAsync(Token));
        _queue.Succeeded(B, requeueAfter: null);
        Assert.False(_queue.TakeAsync(Token).IsCompleted);
    }

    [Fact]
    public async Task A_group_that_is_full_lets_others_go_first_and_goes_on_when_it_has_room()
    {
        var other = new NamespacedName("ns", "other");
        (_order.Groups[A], _order.Groups[B], _order.Groups[other]) = ("slow", "slow", "another");
        _queue.Add(A);
        _queue.Add(B);
        _queue.Add(other);

        Assert.Equal(A, await _queue.TakeAsync(Token));
        Assert.Equal(other, await _queue.TakeAsync(Token));
        var next = _queue.TakeAsync(Token);
        Assert.False(next.IsCompleted);

        _queue.Succeeded(A, requeueAfter: null);
        Assert.Equal(B, await next);
    }

    [Fact]
    public async Task A_group_that_becomes_wider_is_used_at_once()
    {
        var keys = Enumerable.Range(0, 4).Select(number => new NamespacedName("ns", $"{number}")).ToList();
        keys.ForEach(key => _order.Groups[key] = "slow");
        keys.ForEach(_queue.Add);
        Assert.Equal(keys[0], await _queue.TakeAsync(Token));
        var waiting = Enumerable.Range(0, 3).Select(_ => _queue.TakeAsync(Token)).ToList();
        Assert.DoesNotContain(waiting, worker => worker.IsCompleted);

        _order.Widen(3);

        await Task.WhenAll(waiting[..2]);
        Assert.False(waiting[2].IsCompleted);
        _queue.Succeeded(keys[0], requeueAfter: null);
        Assert.Equal(keys[1..], await Task.WhenAll(waiting));
    }

    [Fact]
    public async Task A_key_that_changes_groups_does_not_wait_in_the_old_one()
    {
        (_order.Groups[A], _order.Groups[B]) = ("slow", "slow");
        _queue.Add(A);
        _queue.Add(B);
        await _queue.TakeAsync(Token);
        var next = _queue.TakeAsync(Token);

        _order.Groups[B] = "quick";
        _queue.Add(B);

        Assert.Equal(B, await next);
        _queue.Succeeded(A, requeueAfter: null);
        Assert.False(_queue.TakeAsync(Token).IsCompleted);
    }

    [Fact]
    public async Task The_age_is_that_of_the_key_that_is_ready_the_longest()
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
        var keys = Enumerable.Range(0, 20).Select(number => new NamespacedName("ns", $"{number}")).ToArray();
        foreach (var key in keys.Take(10))
        {
            _order.Groups[key] = "slow";
        }

        var (working, inGroup) = (new int[keys.Length], 0);
        var handled = new int[keys.Length];
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var workers = Enumerable
            .Range(0, 8)
            .Select(_ =>
                Task.Run(
                    async () =>
                    {
                        while (true)
                        {
                            var key = await _queue.TakeAsync(done.Token);
                            var index = Array.IndexOf(keys, key);
                            Assert.Equal(1, Interlocked.Increment(ref working[index]));
                            Assert.InRange(index < 10 ? Interlocked.Increment(ref inGroup) : 0, 0, 1);
                            await Task.Yield();
                            Interlocked.Add(ref inGroup, index < 10 ? -1 : 0);
                            Interlocked.Increment(ref handled[index]);
                            Interlocked.Decrement(ref working[index]);
                            _queue.Succeeded(key, requeueAfter: null);
                        }
                    },
                    done.Token
                )
            )
            .ToArray();

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

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(24)]
    public async Task A_wall_clock_that_is_set_makes_nothing_late_or_early(int hours)
    {
        var time = new WallClock();
        using var queue = new WorkQueue<object>(time, new Backoff(new Random(1)), _order, _retries);
        queue.Add(A);
        await queue.TakeAsync(Token);
        queue.Failed(A, TimeSpan.FromMinutes(5));

        time.Set(TimeSpan.FromHours(hours));

        Assert.Equal(TimeSpan.FromMinutes(5), queue.RetryIn(A));
        time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        Assert.Equal(0, queue.Depth);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, queue.Depth);
        time.Set(TimeSpan.FromHours(hours));
        Assert.Equal(TimeSpan.Zero, queue.OldestAge);
    }

    [Fact]
    public async Task Namespaces_whose_remotes_hang_leave_workers_to_others()
    {
        _order.Widen(4);
        for (var number = 0; number < 500; number++)
        {
            Add($"hostile-{number % 5}", $"{number}", $"silent-{number}");
        }

        var workers = Enumerable.Range(0, _queue.Workers).Select(_ => _queue.TakeAsync(Token)).ToList();

        // Who is let in runs on its own: on a busy machine some seconds later.
        for (var second = 0; second < 60 || (workers.Count(worker => worker.IsCompleted) < 16 && second < 100_000); second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.InRange(workers.Count(worker => worker.IsCompleted), 16, _queue.Workers - 4);
        for (var number = 0; number < 20; number++)
        {
            Add("good", $"{number}", $"known-{number % 4}");
        }

        Add("hostile-0", "removed", group: null);
        var left = new HashSet<NamespacedName>(Enumerable.Range(0, 20).Select(number => new NamespacedName("good", $"{number}")))
        {
            new("hostile-0", "removed"),
        };
        while (left.Count > 0)
        {
            // One of those that hang may take a place yet; never all.
            var next = await await Task.WhenAny(
                    workers.Where(worker => !worker.IsCompleted || left.Contains(worker.GetAwaiter().GetResult()))
                )
                .WaitAsync(TimeSpan.FromSeconds(30), Token);
            if (left.Remove(next))
            {
                _queue.Succeeded(next, requeueAfter: null);
                workers.Add(_queue.TakeAsync(Token));
            }
        }
    }

    private void Add(string ofNamespace, string name, string? group)
    {
        var key = new NamespacedName(ofNamespace, name);
        if (group is not null)
        {
            _order.Groups[key] = group;
        }

        _queue.Add(key);
    }

    /// <summary>Fails the key once and measures, to a tenth of a second, when it is ready again.</summary>
    private async Task<double> WaitAfterFailureAsync(Action? fail = null)
    {
        Assert.Equal(A, await _queue.TakeAsync(Token));
        (fail ?? (() => _queue.Failed(A, retryAfter: null)))();
        var waited = 0;
        while (_queue.Depth == 0)
        {
            _time.Advance(TimeSpan.FromSeconds(0.1));
            waited++;
        }

        return waited / 10.0;
    }
}

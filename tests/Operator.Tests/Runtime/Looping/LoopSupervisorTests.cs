using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Settings;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Prometheus;

namespace CodeRepoOperator.Runtime.Looping;

/// <summary>Loops that fail, and loops that hang.</summary>
public sealed class LoopSupervisorTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();
    private readonly RecordingLogger<LoopSupervisor> _log = new();
    private readonly LoopSupervisor _supervisor;

    public LoopSupervisorTests() =>
        _supervisor = new LoopSupervisor(
            new Backoff(new Random(1)),
            new RuntimeMetrics(Metrics.WithCustomRegistry(_registry), new RuntimeNames("test", "coderepo")),
            _time,
            _log
        );

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_loop_that_fails_begins_again_is_counted_each_time_and_logged_once()
    {
        var runs = 0;
        using var healthy = new OneLoop(ended => Task.Delay(Timeout.InfiniteTimeSpan, _time, ended));
        using var failing = new OneLoop(_ =>
            ++runs < 4 ? throw new InvalidOperationException("a bug") : Task.Delay(Timeout.InfiniteTimeSpan, _time, CancellationToken.None)
        );
        healthy.SuperviseBy(_supervisor);
        failing.SuperviseBy(_supervisor);
        await healthy.StartAsync(Ended);
        await failing.StartAsync(Ended);
        while (Volatile.Read(ref runs) < 4)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.False(failing.ExecuteTask!.IsCompleted);
        Assert.False(healthy.ExecuteTask!.IsCompleted);
        Assert.Equal(3, await CountAsync());
        Assert.Single(_log.Entries, entry => entry.Level == LogLevel.Error);
        Assert.Null(_supervisor.LogStuck());
        await healthy.StopAsync(Ended);
    }

    [Fact]
    public async Task A_stop_ends_the_wait_of_a_loop_that_failed()
    {
        using var stop = new CancellationTokenSource();
        var running = _supervisor.RunAsync(_supervisor.Watch("Failing"), _ => throw new InvalidOperationException("a bug"), stop.Token);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task What_a_loop_fails_by_while_it_is_to_end_is_a_failure_of_the_stop()
    {
        using var stop = new CancellationTokenSource();
        var running = _supervisor.RunAsync(
            _supervisor.Watch("Failing"),
            async ended =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, _time, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw new InvalidOperationException("a bug");
            },
            stop.Token
        );
        await stop.CancelAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => running);
    }

    [Fact]
    public void A_loop_that_does_not_report_in_time_is_stuck_until_it_does()
    {
        var progress = _supervisor.Watch("Looking");
        progress.Report(TimeSpan.FromSeconds(15));
        _time.Advance(TimeSpan.FromSeconds(30) + LoopProgress.Slack);
        Assert.Null(_supervisor.LogStuck());

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains("Looking", _supervisor.LogStuck(), StringComparison.Ordinal);
        Assert.NotNull(_supervisor.LogStuck());
        Assert.Single(_log.Entries);

        progress.Report(TimeSpan.FromSeconds(15));
        Assert.Null(_supervisor.LogStuck());
    }

    [Fact]
    public void A_loop_that_waits_for_others_is_never_stuck()
    {
        var progress = _supervisor.Watch("Waiting");
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Null(_supervisor.LogStuck());

        progress.Report(TimeSpan.FromSeconds(1));
        progress.Wait();
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Null(_supervisor.LogStuck());
    }

    private async Task<int> CountAsync()
    {
        using var exported = new MemoryStream();
        await _registry.CollectAndExportAsTextAsync(exported, Ended);
        var line = System
            .Text.Encoding.UTF8.GetString(exported.ToArray())
            .Split('\n')
            .Single(one => one.StartsWith("coderepo_loop_failures_total{loop=\"OneLoop\"}", StringComparison.Ordinal));
        return int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private sealed class OneLoop(Func<CancellationToken, Task> loop) : SupervisedLoop
    {
        protected override Task RunAsync(CancellationToken stoppingToken) => loop(stoppingToken);
    }
}

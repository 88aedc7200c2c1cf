using System.Collections.Concurrent;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Queueing;

namespace CodeRepoOperator.Runtime.Looping;

/// <summary>
/// Has the loops of the operator begin again after a bug, so that none ends the others, and knows which of them are stuck.
/// </summary>
internal sealed class LoopSupervisor(Backoff backoff, RuntimeMetrics metrics, TimeProvider time, ILogger<LoopSupervisor> log)
{
    /// <summary>The longest wait before a loop begins again; the first is 1 s.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <summary>A loop that has run for so long has recovered: what it fails by next is a failure of its own.</summary>
    private static readonly TimeSpan RecoveredAfter = TimeSpan.FromMinutes(10);

    private readonly ConcurrentQueue<LoopProgress> _watched = new();
    private readonly LoggedFailures<string> _failures = new();
    private readonly LoggedFailures<LoopProgress> _stuck = new();

    /// <summary>Logs each loop that got stuck since this was called last.</summary>
    /// <returns>What is stuck, in words; null: nothing.</returns>
    public string? LogStuck()
    {
        string? stuck = null;
        foreach (var progress in _watched)
        {
            if (progress.StuckFor is not { } silence)
            {
                _stuck.IsOver(progress);
                continue;
            }

            stuck ??= $"{progress.Loop} makes no progress";
            if (_stuck.IsNew(progress, ""))
            {
                log.LoopStuck(progress.Loop, silence);
            }
        }

        return stuck;
    }

    /// <summary>Begins to watch a loop.</summary>
    /// <param name="loop">What it is called: the label <c>loop</c>.</param>
    /// <returns>By which it reports that it goes on.</returns>
    public LoopProgress Watch(string loop)
    {
        metrics.LoopKnown(loop);
        var progress = new LoopProgress(loop, time);
        _watched.Enqueue(progress);
        return progress;
    }

    /// <summary>Runs a loop until it ends by itself or is to stop; after an exception it begins again.</summary>
    /// <param name="progress">Of the loop.</param>
    /// <param name="loop">The loop, or a part of it that others run beside.</param>
    /// <param name="stoppingToken">Ends it; what it fails by then is its end.</param>
    public async Task RunAsync(LoopProgress progress, Func<CancellationToken, Task> loop, CancellationToken stoppingToken)
    {
        var failures = 0;
        while (true)
        {
            var began = time.GetTimestamp();
            try
            {
                await loop(stoppingToken);
                progress.Wait();
                return;
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                progress.Wait();
                failures = time.GetElapsedTime(began) >= RecoveredAfter ? 1 : failures + 1;
                var wait = backoff.After(failures, LongestWait);
                Failed(progress.Loop, error, wait, isFirst: failures == 1);
                await Task.Delay(wait, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (stoppingToken.IsCancellationRequested)
                {
                    return;
                }
            }
        }
    }

    private void Failed(string loop, Exception error, TimeSpan wait, bool isFirst)
    {
        metrics.LoopFailed(loop);
        if (isFirst)
        {
            _failures.IsOver(loop);
        }

        if (_failures.IsNew(loop, KindOf(error)))
        {
            log.LoopFailed(loop, wait, error);
        }
    }

    /// <summary>What was thrown and where: messages may name another file each time.</summary>
    private static string KindOf(Exception error) => $"{error.GetType()}{error.StackTrace?.Split('\n')[0]}";
}

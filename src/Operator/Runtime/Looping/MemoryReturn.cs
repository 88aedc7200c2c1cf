namespace CodeRepoOperator.Runtime.Looping;

/// <summary>
/// Gives memory back to the node when it is quiet after a burst. What thousands of CodeRepos left behind while they were listed or written
/// is two thirds of what the process has by then, and .NET collects it only when more is asked for, which at rest may be never.
/// </summary>
internal sealed class MemoryReturn(TimeProvider time) : SupervisedLoop
{
    /// <summary>How often it is looked. A collection of a gigabyte takes about a second: so seldom it costs nothing to speak of.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly QuietMeter _meter = new();

    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (_meter.IsQuietAfterMuch(GC.GetTotalAllocatedBytes()))
                {
                    GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process ends, and all its memory is given back.
        }
    }
}

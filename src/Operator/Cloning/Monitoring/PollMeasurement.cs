using System.Diagnostics;
using Prometheus;

namespace CodeRepoOperator.Cloning.Monitoring;

/// <summary>The time that a clone's first poll takes. Until this is disposed, the clone counts as one in progress.</summary>
internal sealed class PollMeasurement(IDisposable running, IHistogram duration) : IDisposable
{
    private readonly long _began = Stopwatch.GetTimestamp();

    /// <summary>The time so far.</summary>
    public TimeSpan Took => Stopwatch.GetElapsedTime(_began);

    /// <summary>Counts the time of a clone that came to nothing before it began.</summary>
    public void NotCloned() => duration.Observe(Took.TotalSeconds);

    /// <inheritdoc />
    public void Dispose() => running.Dispose();
}

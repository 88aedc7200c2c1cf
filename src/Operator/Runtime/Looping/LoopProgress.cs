namespace CodeRepoOperator.Runtime.Looping;

/// <summary>When a loop was last seen to go on, and when it is to be seen again; judged by a monotonic clock.</summary>
/// <param name="loop">What the loop is called.</param>
/// <param name="time">The clock.</param>
internal sealed class LoopProgress(string loop, TimeProvider time)
{
    /// <summary>
    /// What a step may take beyond what it is said to take: volumes, databases and API servers that are slow are no reason to end clones
    /// that run.
    /// </summary>
    public static readonly TimeSpan Slack = TimeSpan.FromMinutes(5);

    /// <summary>Null: it waits for others, for as long as they take.</summary>
    private volatile Step? _step;

    /// <summary>What the loop is called.</summary>
    public string Loop => loop;

    /// <summary>How long it has not been seen, if that is too long; null: all is well.</summary>
    public TimeSpan? StuckFor =>
        _step is { } step && time.GetElapsedTime(step.Began) is var silence && silence > (2 * step.Within) + Slack ? silence : null;

    /// <summary>Reports that the loop goes on.</summary>
    /// <param name="within">How long it takes at most, in the normal course of things, until it reports again or waits.</param>
    public void Report(TimeSpan within) => _step = new Step(time.GetTimestamp(), within);

    /// <summary>Reports that the loop waits for others, or has nothing more to do.</summary>
    public void Wait() => _step = null;

    private sealed record Step(long Began, TimeSpan Within);
}

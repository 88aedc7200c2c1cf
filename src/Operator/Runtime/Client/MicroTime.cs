namespace CodeRepoOperator.Runtime.Client;

/// <summary>
/// Times for fields of the Kubernetes type MicroTime. The API server refuses one without a fraction, and the client writes
/// none for a whole second: once in a million, an event or a renewal of a lease would be lost.
/// </summary>
internal static class MicroTime
{
    /// <summary>The time now, with a fraction.</summary>
    public static DateTime Now(TimeProvider time)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return now.Ticks % TimeSpan.TicksPerSecond == 0 ? now.AddTicks(1) : now;
    }
}

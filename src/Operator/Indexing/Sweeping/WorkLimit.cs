namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>How long a change may go around rows that it can't change, before other tables have their turn.</summary>
/// <param name="time">The clock.</param>
/// <param name="limit">How long; null: to the end.</param>
internal sealed class WorkLimit(TimeProvider time, TimeSpan? limit)
{
    /// <summary>Begins to count.</summary>
    /// <returns>Whether the time is over.</returns>
    public Func<bool> Begin()
    {
        var began = time.GetTimestamp();
        return () => limit is { } some && time.GetElapsedTime(began) >= some;
    }
}

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>What is remembered of a target from sweep to sweep. It is lost with the process, which costs no row its recovery.</summary>
internal sealed class TargetMemory(TimeProvider time)
{
    /// <summary>The stuck rows that can't be reset.</summary>
    public RefusedRows NotReset { get; } = new();

    /// <summary>The rows without a stamp that can't be given one.</summary>
    public RefusedRows NotStamped { get; } = new();

    /// <summary>The rows with a stamp in the future that can't be given another.</summary>
    public RefusedRows NotTurnedBack { get; } = new();

    /// <summary>The rows of holders that are gone that can't be reset.</summary>
    public RefusedRows NotFreed { get; } = new();

    /// <summary>All of them.</summary>
    public IReadOnlyList<RefusedRows> Refused => [NotReset, NotStamped, NotTurnedBack, NotFreed];

    /// <summary>Since when the table can be written.</summary>
    public WritableTime Writable { get; } = new(time);
}

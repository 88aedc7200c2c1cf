namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>What the sweep of a target has done so far: it holds when the sweep fails later.</summary>
/// <param name="maxResets">How often a row is reset before it is given up.</param>
internal sealed class SweepTally(int maxResets)
{
    private readonly List<ResetRow> _reset = [];

    /// <summary>The rows that were reset.</summary>
    public IReadOnlyList<ResetRow> Reset => _reset;

    /// <summary>How many rows were given a stamp.</summary>
    public int Stamped { get; private set; }

    /// <summary>How many stuck rows are left because others have them locked.</summary>
    public long SkippedLocked { get; set; }

    /// <summary>How many stuck rows are left, whyever; null: not known.</summary>
    public long? Left { get; set; }

    /// <summary>How long ago the oldest sign of life of an active row was; null: not known.</summary>
    public TimeSpan? OldestAge { get; set; }

    /// <summary>Why the sweep is degraded; null: it is not.</summary>
    public string? Degradation { get; set; }

    /// <summary>Whether the columns of the table were seen.</summary>
    public bool HasSeenColumns { get; set; }

    /// <summary>Notes a row that was reset.</summary>
    public void WasReset(FoundRow row)
    {
        var resets = row.Resets + 1;
        _reset.Add(new ResetRow(row.Key, row.Age, resets, resets > maxResets));
    }

    /// <summary>Notes a row that was given a stamp.</summary>
    public void WasStamped() => Stamped++;
}

using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>What a sweep did to one target.</summary>
/// <param name="Target">The target.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Reset">The rows that it reset, also when it failed later.</param>
/// <param name="Why">Why it is degraded or failed, and what to do; null: neither.</param>
internal sealed record SweepResult(IndexingTarget Target, SweepOutcome Outcome, IReadOnlyList<SweptRow> Reset, string? Why)
{
    /// <summary>Whether it failed by how things are set up: trying again is in vain until somebody changes that.</summary>
    public bool IsSetUpWrong { get; init; }

    /// <summary>Whether it failed because of single rows that can't be changed, and of nothing else.</summary>
    public bool HasRefusedRows { get; init; }

    /// <summary>How many rows were given a stamp.</summary>
    public int Stamped { get; init; }

    /// <summary>How many stuck rows are left because others have them locked.</summary>
    public long SkippedLocked { get; init; }

    /// <summary>How many stuck rows are left: locked, refused, or only found because nothing is to be changed; null: not known.</summary>
    public long? Left { get; init; }

    /// <summary>How long ago the oldest sign of life of an active row was, after the sweep; null: not known.</summary>
    public TimeSpan? OldestAge { get; init; }

    /// <summary>Whether columns are missing; null: the table was not seen.</summary>
    public bool? IsDegraded { get; init; }

    /// <summary>Why it is degraded, also when it failed later; null: it is not, or that is not known.</summary>
    public string? Degradation { get; init; }

    /// <summary>
    /// How long rows have yet that are silent for longer than the threshold, for they could not be written for a part of that time; null:
    /// there are none.
    /// </summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>Why rows that are reset again and again can be claimed at once, and what to do; null: they can't.</summary>
    public string? Undelayed { get; init; }

    /// <summary>Why the history can't be pruned, and what to do; null: it can, or there is none.</summary>
    public string? Unpruned { get; init; }

    /// <summary>The rows that were given up.</summary>
    public IEnumerable<SweptRow> Exhausted => Reset.Where(row => row.IsExhausted);
}

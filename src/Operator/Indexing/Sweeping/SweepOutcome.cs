namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>How the sweep of a target ended; the label <c>result</c> of <c>coderepo_indexing_sweeps_total</c>.</summary>
internal enum SweepOutcome
{
    /// <summary>All stuck rows that were not locked are reset.</summary>
    Swept,

    /// <summary>The same, as far as it goes without columns that are missing.</summary>
    Degraded,

    /// <summary>It could not be done, or not to its end.</summary>
    Failed,
}

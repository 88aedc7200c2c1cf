namespace CodeRepoOperator.Cloning.Monitoring;

/// <summary>How a deep check ended; the <c>result</c> label of <c>coderepo_deep_checks_total</c>.</summary>
internal enum DeepCheckOutcome
{
    /// <summary>All is as it was published.</summary>
    Whole,

    /// <summary>Something is not: the clone is made again.</summary>
    Damaged,

    /// <summary>The clone could not be read, which says nothing about it.</summary>
    Failed,

    /// <summary>
    /// The check does not understand the clone, which was made again and looks damaged as before, or holds what is not checked out any
    /// more: it stays.
    /// </summary>
    Unsupported,
}

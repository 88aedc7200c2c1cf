namespace CodeRepoOperator.Cloning.Monitoring;

/// <summary>
/// How it ended to make a clone with many packs anew; the <c>result</c> label of <c>coderepo_clone_consolidations_total</c>.
/// </summary>
internal enum ConsolidationOutcome
{
    /// <summary>The new clone has taken the other's place.</summary>
    Consolidated,

    /// <summary>The branch had moved when the remote was asked: that is for an update.</summary>
    Moved,

    /// <summary>The clone was replaced meanwhile, by an update say, and what was transferred thrown away.</summary>
    Superseded,

    /// <summary>Somebody needed its place or its part of the quota, or the budget of the host is used up.</summary>
    GaveWay,

    /// <summary>It failed. The clone stays as it is.</summary>
    Failed,
}

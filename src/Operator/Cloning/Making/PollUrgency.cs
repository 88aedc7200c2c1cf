namespace CodeRepoOperator.Cloning.Making;

/// <summary>Why a remote is polled.</summary>
internal enum PollUrgency
{
    /// <summary>Its interval is over: it may wait, and what others found a while ago will do.</summary>
    Due,

    /// <summary>The last poll or update failed, and its wait is over.</summary>
    Retry,

    /// <summary>It was pushed to, somebody asked for it, or there is no clone: at once, whatever the budget.</summary>
    Asked,
}

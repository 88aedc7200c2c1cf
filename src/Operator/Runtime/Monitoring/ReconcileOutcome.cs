namespace CodeRepoOperator.Runtime.Monitoring;

/// <summary>How a reconcile ended, as it is counted.</summary>
internal enum ReconcileOutcome
{
    /// <summary>It went well.</summary>
    Success,

    /// <summary>The controller or the API server said no.</summary>
    Failure,

    /// <summary>The object changed meanwhile, or the lease was lost: it runs again.</summary>
    Superseded,

    /// <summary>Something unforeseen: a bug.</summary>
    Error,
}

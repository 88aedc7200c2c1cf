namespace CodeRepoOperator.Machinery.Cluster;

/// <summary>How tools that follow kstatus read an object.</summary>
internal enum KstatusReading
{
    /// <summary>It is as its spec asks.</summary>
    Current,

    /// <summary>Something works on it.</summary>
    InProgress,

    /// <summary>It can't become as its spec asks.</summary>
    Failed,

    /// <summary>It is being deleted.</summary>
    Terminating,
}

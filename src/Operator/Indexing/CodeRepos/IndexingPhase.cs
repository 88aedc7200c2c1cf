namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>How far a row is with its indexing; the later, the worse.</summary>
internal enum IndexingPhase
{
    /// <summary>No job holds it.</summary>
    Idle,

    /// <summary>A job holds it.</summary>
    Indexing,

    /// <summary>It was stuck and reset, and nobody has taken it since.</summary>
    Reset,

    /// <summary>It was reset too often, and is given up.</summary>
    Exhausted,
}

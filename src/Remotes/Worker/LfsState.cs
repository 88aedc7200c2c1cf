namespace CodeRepoOperator.Remotes.Worker;

/// <summary>What a clone has of the files that Git LFS keeps.</summary>
internal enum LfsState
{
    /// <summary>Their pointers, as they were committed.</summary>
    Pointers,

    /// <summary>Some of the files, and the pointers of the others.</summary>
    Some,

    /// <summary>All of the files.</summary>
    Files,
}

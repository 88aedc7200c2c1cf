namespace CodeRepoOperator.Remotes;

/// <summary>What people do to a branch. Each can be done at any time, whatever was done before.</summary>
internal enum PushKind
{
    Commit,
    Rename,
    MoreCommitsThanAnyDepth,
    Nothing,
    Merge,
    Revert,
    Mode,
    AnotherKindOfEntry,
    Delete,
    BackBySomeCommits,
    Tag,
    AnOldDate,
    NoFileChanged,
    BranchMadeAgainElsewhere,
    AnotherDefaultBranch,
    UnrelatedHistory,
}

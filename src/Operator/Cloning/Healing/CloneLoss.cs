namespace CodeRepoOperator.Cloning.Healing;

/// <summary>What is wrong with a clone; the <c>reason</c> label of <c>coderepo_repos_recloned_total</c>.</summary>
internal enum CloneLoss
{
    /// <summary>Its folder is gone.</summary>
    FolderMissing,

    /// <summary><c>.git</c> is gone.</summary>
    GitFolderMissing,

    /// <summary>The marker is gone.</summary>
    MarkerMissing,

    /// <summary>The marker can't be read.</summary>
    MarkerUnreadable,

    /// <summary>The marker is of another CodeRepo.</summary>
    MarkerForeign,

    /// <summary>HEAD is gone, or names another branch than the marker.</summary>
    HeadUnreadable,

    /// <summary>Git's index is gone or empty.</summary>
    IndexMissing,

    /// <summary>Git's object folder is gone or holds no pack.</summary>
    ObjectsMissing,

    /// <summary>Nothing but <c>.git</c> is there, though the commit has files.</summary>
    WorkingTreeEmpty,
}

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>What is wrong with a clone; the <c>reason</c> label of <c>coderepo_repos_recloned_total</c>.</summary>
internal enum CloneLoss
{
    /// <summary>Its directory is gone.</summary>
    FolderMissing,

    /// <summary><c>.git</c> is gone.</summary>
    GitFolderMissing,

    /// <summary>Something in <c>.git</c> is neither a file nor a directory.</summary>
    GitFolderDamaged,

    /// <summary>The marker is gone.</summary>
    MarkerMissing,

    /// <summary>The marker can't be read.</summary>
    MarkerUnreadable,

    /// <summary>The marker is of another CodeRepo.</summary>
    MarkerForeign,

    /// <summary>HEAD is gone, or names something else than the marker.</summary>
    HeadUnreadable,

    /// <summary>The branch's ref is gone, or names another commit than the marker.</summary>
    RefMissing,

    /// <summary>Git's index is gone or empty.</summary>
    IndexMissing,

    /// <summary>Git's index is cut short or does not have its checksum, or lists another tree than the commit's.</summary>
    IndexDamaged,

    /// <summary>Git's object directory is gone or holds no pack.</summary>
    ObjectsMissing,

    /// <summary>One of several packs, or a pack's index, is gone.</summary>
    PackMissing,

    /// <summary>A pack, or a pack's index, has another size than when it was published, or not its checksum.</summary>
    PackDamaged,

    /// <summary>The commit or a directory of its tree is in no pack.</summary>
    CommitMissing,

    /// <summary>The list of the commits without parents is gone or has another size.</summary>
    ShallowDamaged,

    /// <summary>Nothing but <c>.git</c> is there, though the commit has files.</summary>
    WorkingTreeEmpty,

    /// <summary>A submodule's working tree or git directory is gone, or another commit of it is checked out.</summary>
    SubmoduleMissing,

    /// <summary>A file of the working tree is gone, changed, or not in the commit.</summary>
    TreeDamaged,
}

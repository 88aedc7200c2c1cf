namespace CodeRepoOperator.Remotes.Worker;

/// <summary>The kinds of damage that a check finds.</summary>
internal enum CloneDamage
{
    /// <summary>Something in <c>.git</c> that is neither a file nor a directory.</summary>
    GitDirectory,

    /// <summary>A pack or its index.</summary>
    Pack,

    /// <summary>Git's index.</summary>
    Index,

    /// <summary>The commit or a directory of its tree is not in the packs.</summary>
    Commit,

    /// <summary>A file of the working tree.</summary>
    Tree,
}

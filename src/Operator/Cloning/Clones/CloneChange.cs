namespace CodeRepoOperator.Cloning.Clones;

/// <summary>What was done to a clone.</summary>
internal abstract record CloneChange
{
    private CloneChange() { }

    /// <summary>Nothing: it was as wanted.</summary>
    internal sealed record None : CloneChange;

    /// <summary>It was made for the first time.</summary>
    internal sealed record Cloned : CloneChange;

    /// <summary>It had been lost or damaged and was made again.</summary>
    /// <param name="Loss">What was wrong.</param>
    internal sealed record Recloned(CloneLoss Loss) : CloneChange;

    /// <summary>It was replaced: the branch moved, or the spec changed.</summary>
    /// <param name="FromCommit">The commit before.</param>
    internal sealed record Updated(string FromCommit) : CloneChange;
}

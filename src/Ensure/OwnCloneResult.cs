namespace CodeRepoOperator.Ensure;

/// <summary>What came of making a clone here.</summary>
internal abstract record OwnCloneResult
{
    private OwnCloneResult() { }

    /// <summary>It is there.</summary>
    /// <param name="Directory">Where.</param>
    internal sealed record Made(string Directory) : OwnCloneResult;

    /// <summary>The volume is read-only, or an operator holds it: the API may have a way.</summary>
    internal sealed record StoreUnavailable : OwnCloneResult;

    /// <summary>It could not be made.</summary>
    /// <param name="Message">Why, and what to do.</param>
    internal sealed record Failed(string Message) : OwnCloneResult;
}

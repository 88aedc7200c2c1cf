using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>What came of ensuring or refreshing a clone. A failed refresh leaves the clone there was: both are set then.</summary>
/// <param name="Published">The clone that consumers can read; null: there is none of what is wanted.</param>
/// <param name="Change">What was done.</param>
/// <param name="Failure">Why it is missing or may be out of date; null: it is neither.</param>
internal sealed record EnsureResult(PublishedClone? Published, CloneChange Change, CloneFailure? Failure)
{
    /// <summary>There is a clone and nothing failed.</summary>
    public static EnsureResult Of(PublishedClone clone, CloneChange change) => new(clone, change, null);

    /// <summary>Nothing was done.</summary>
    public static EnsureResult Failed(PublishedClone? clone, CloneFailure failure) => new(clone, new CloneChange.None(), failure);
}

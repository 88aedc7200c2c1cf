using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>What came of ensuring or refreshing a clone. A failed refresh leaves the clone there was: both are set then.</summary>
/// <param name="Published">The clone that consumers can read; null: there is none of what is desired.</param>
/// <param name="Change">What was done.</param>
/// <param name="Failure">Why it is missing or may be out of date; null: it is neither.</param>
internal sealed record EnsureResult(PublishedClone? Published, CloneChange Change, CloneFailure? Failure)
{
    /// <summary>There is none, and it was not begun to make one, though nothing failed: who was asked whether to begin said no.</summary>
    public static EnsureResult Held { get; } = new(null, new CloneChange.None(), null);

    /// <summary>Whether this is <see cref="Held"/>.</summary>
    public bool IsHeld => Published is null && Failure is null;

    /// <summary>When the remote was asked that has nothing newer: a timestamp of the monotonic clock; null: it was not, or has.</summary>
    public long? AskedAt { get; init; }

    /// <summary>Whether the remote was not asked, because the budget of its host is used up for now.</summary>
    public bool IsPutOff { get; init; }

    /// <summary>There is a clone and nothing failed.</summary>
    public static EnsureResult Of(PublishedClone clone, CloneChange change) => new(clone, change, null);

    /// <summary>Nothing was done.</summary>
    public static EnsureResult Failed(PublishedClone? clone, CloneFailure failure) => new(clone, new CloneChange.None(), failure);
}

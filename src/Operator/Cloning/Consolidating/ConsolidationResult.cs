using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Monitoring;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Cloning.Consolidating;

/// <summary>How it ended to make a clone anew.</summary>
/// <param name="Outcome">In a word.</param>
/// <param name="Made">The new clone; null: the other one is still there.</param>
/// <param name="Failure">What failed, where something did.</param>
internal sealed record ConsolidationResult(ConsolidationOutcome Outcome, PublishedClone? Made, CloneFailure? Failure)
{
    /// <summary>The branch has moved: that is for an update, and nothing was transferred.</summary>
    public static ConsolidationResult Moved { get; } = new(ConsolidationOutcome.Moved, null, null);

    /// <summary>Another clone took its place, or is to.</summary>
    public static ConsolidationResult Superseded { get; } = new(ConsolidationOutcome.Superseded, null, null);

    /// <summary>Somebody needed what it takes.</summary>
    public static ConsolidationResult GaveWay { get; } = new(ConsolidationOutcome.GaveWay, null, null);

    /// <summary>What came of an attempt that nobody ended.</summary>
    public static ConsolidationResult Of(Attempt<PublishedClone> made) =>
        made.Succeeded ? new(ConsolidationOutcome.Consolidated, made.Value, null)
        : made.Failure.Reason == Reasons.Superseded ? Superseded
        : new(made.Failure.IsPutOff ? ConsolidationOutcome.GaveWay : ConsolidationOutcome.Failed, null, made.Failure);
}

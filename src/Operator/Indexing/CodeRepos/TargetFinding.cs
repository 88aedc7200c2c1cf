using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>What a round found out about one target.</summary>
/// <param name="Target">The target.</param>
/// <param name="Result">How its sweep ended.</param>
/// <param name="Why">Why it is degraded or failed.</param>
/// <param name="FailuresInARow">How many rounds, this one included, have failed since one did not.</param>
/// <param name="Reset">The rows that were reset, by their keys.</param>
/// <param name="Matches">Which of its rows belong to CodeRepos, after the sweep; null: it was not found out.</param>
internal sealed record TargetFinding(
    IndexingTarget Target, SweepResult Result, string? Why, int FailuresInARow, IReadOnlyDictionary<string, ResetRow> Reset, RowMatches? Matches)
{
    /// <summary>One failed round may be a restart of the database; two are worth telling.</summary>
    private const int FailuresToTell = 2;

    /// <summary>Whether it is out of reach for longer than a hiccup.</summary>
    public bool IsUnavailable => FailuresInARow >= FailuresToTell;

    /// <summary>Its rows of a CodeRepo; null: it can't be said which they are.</summary>
    public RowMatch? RowsOf(string uid) => Result is SweepResult.Failed ? null : Matches?.Of(uid);

    /// <summary>What the sweep did to rows of a CodeRepo: of several, to the one that it gave up, or that was stuck the longest.</summary>
    public ResetRow? ResetOf(string uid) => (Matches?.Of(uid) is { } match ? match.Rows.Concat(match.Withheld) : [])
        .Select(row => Reset.GetValueOrDefault(row.Key)).OfType<ResetRow>()
        .OrderByDescending(reset => reset.IsExhausted).ThenByDescending(reset => reset.Age).FirstOrDefault();
}

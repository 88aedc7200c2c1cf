using CodeRepoOperator.Indexing.Sweeping;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>What a sweep of a target found out for CodeRepos.</summary>
/// <param name="Sweep">What the sweep did.</param>
/// <param name="FailuresInARow">How many sweeps, this one included, have failed since one did not.</param>
/// <param name="Before">Which of its rows belonged to CodeRepos before the sweep; null: it was not found out.</param>
internal sealed record TargetFinding(SweepResult Sweep, int FailuresInARow, RowOwners? Before)
{
    /// <summary>One failed sweep may be a restart of the database; two are worth telling.</summary>
    private const int FailuresToTell = 2;

    /// <summary>The rows that were reset, by their keys.</summary>
    private readonly Dictionary<string, SweptRow> _reset = Sweep
        .Reset.DistinctBy(row => row.Key)
        .ToDictionary(row => row.Key, StringComparer.Ordinal);

    private RowOwners? _owners;

    /// <summary>Whether it is out of reach for longer than a hiccup.</summary>
    public bool IsUnavailable => FailuresInARow >= FailuresToTell;

    /// <summary>Which of its rows belong to CodeRepos, as the sweep left them; null: it was not found out.</summary>
    public RowOwners? Owners => _owners ??= _reset.Count > 0 ? Before?.After(Sweep.Target, _reset) : Before;

    /// <summary>Its rows of a CodeRepo; null: it can't be said which they are.</summary>
    public OwnedRows? RowsOf(string uid) => Sweep.Outcome is SweepOutcome.Failed ? null : Owners?.Of(uid);

    /// <summary>What the sweep did to rows of a CodeRepo: of several, to the one that it gave up, or that was stuck the longest.</summary>
    public SweptRow? ResetOf(string uid) =>
        (Before?.Of(uid) is { } owned ? owned.Rows.Concat(owned.Withheld) : [])
            .Select(row => _reset.GetValueOrDefault(row.Key))
            .OfType<SweptRow>()
            .OrderByDescending(reset => reset.IsExhausted)
            .ThenByDescending(reset => reset.Age)
            .FirstOrDefault();
}

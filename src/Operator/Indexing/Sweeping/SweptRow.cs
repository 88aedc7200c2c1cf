using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>A row that a statement of the sweep has found or changed.</summary>
/// <param name="Key">The row's key, as text.</param>
/// <param name="Age">How long ago its last sign of life was, by the database's clock; zero where the statement does not look at it.</param>
/// <param name="Resets">How often it was reset, this time included; null: its table does not count, or it is not reset.</param>
/// <param name="IsExhausted">Whether it is given up: it was reset more than <see cref="IndexingOptions.MaxResets"/> times.</param>
internal sealed record SweptRow(string Key, TimeSpan Age, int? Resets, bool IsExhausted)
{
    /// <summary>Whether the statement changed it: a trigger of its table may suppress that without an error.</summary>
    public bool IsChanged { get; init; } = true;

    /// <summary>Why it is reset, if it is.</summary>
    public ResetCause Cause { get; init; }

    /// <summary>Its last sign of life, as <see cref="RowPosition"/> has it.</summary>
    public long Seen { get; init; }

    /// <summary>Where it is among the rows of its table.</summary>
    public RowPosition Position => new(Seen, Key);
}

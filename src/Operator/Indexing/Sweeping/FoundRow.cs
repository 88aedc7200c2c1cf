namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>A row that a statement of the sweep was about.</summary>
/// <param name="Key">Its key, as text.</param>
/// <param name="Age">How long ago its last sign of life was; zero where that does not matter.</param>
/// <param name="Resets">How often it was reset before; null: its table does not count.</param>
/// <param name="IsChanged">Whether the statement changed it: a trigger of its table may suppress that without an error.</param>
internal sealed record FoundRow(string Key, TimeSpan Age, int? Resets, bool IsChanged);

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>Where a row is among those of its table, by its sign of life and then by its key.</summary>
/// <param name="Seen">Its last sign of life as the server has it, in microseconds: also such as .NET has no time for.</param>
/// <param name="Key">Its key, as text.</param>
internal sealed record RowPosition(long Seen, string Key);

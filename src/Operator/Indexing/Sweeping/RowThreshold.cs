namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>The threshold of one row, where a CodeRepo asks for another than its table has.</summary>
/// <param name="Key">The row's key, as text.</param>
/// <param name="Threshold">How long it may be active without a sign of life; within the administrator's bounds.</param>
internal sealed record RowThreshold(string Key, TimeSpan Threshold);

using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>A stuck row that was reset, or would have been in a dry run.</summary>
/// <param name="Key">The row's key, as text.</param>
/// <param name="Age">How long ago its last sign of life was, by the database's clock.</param>
/// <param name="Resets">How often it was reset, this time included; null: its table does not count.</param>
/// <param name="IsExhausted">Whether it is given up: it was reset more than <see cref="IndexingOptions.MaxResets"/> times.</param>
internal sealed record ResetRow(string Key, TimeSpan Age, int? Resets, bool IsExhausted);

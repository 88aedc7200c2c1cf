namespace CodeRepoOperator.Indexing.Tables;

/// <summary>A text that a row should have.</summary>
/// <param name="Key">The key of the row, as text.</param>
/// <param name="Url">The URL that the row had when it was read: one that has another by then is left alone.</param>
/// <param name="Text">The text; null: none.</param>
internal sealed record RowTextChange(string Key, string Url, string? Text);

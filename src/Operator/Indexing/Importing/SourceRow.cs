namespace CodeRepoOperator.Indexing.Importing;

/// <summary>A row that may become a CodeRepo.</summary>
/// <param name="Key">Its key, as text.</param>
/// <param name="Name">What people call it; null: its table has no such column, or it has no name.</param>
/// <param name="Url">Its git URL; null: none.</param>
/// <param name="Branch">Its branch; null or empty: the remote's default.</param>
internal sealed record SourceRow(string Key, string? Name, string? Url, string? Branch);

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>How a table tells of rows that are inserted, changed or deleted: a trigger of the migration notifies this channel.</summary>
internal static class RowChannel
{
    /// <summary>The channel, one for all tables.</summary>
    public const string Name = "coderepo_rows";

    /// <summary>What a payload begins with. The key of a row follows; nothing: any rows may have changed.</summary>
    public static string Prefix(IndexingTarget target) => $"{target.Schema}.{target.Table} ";
}

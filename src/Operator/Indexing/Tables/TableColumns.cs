namespace CodeRepoOperator.Indexing.Tables;

/// <summary>The columns that a table has, by the database's catalog.</summary>
/// <param name="Types">Their types, as <c>format_type</c> spells them, by their names.</param>
internal sealed record TableColumns(IReadOnlyDictionary<string, string> Types)
{
    /// <summary>Whether there is such a column; none has the empty name.</summary>
    public bool Has(string name) => name.Length > 0 && Types.ContainsKey(name);

    /// <summary>Whether nothing about the columns has changed.</summary>
    public bool IsSameAs(TableColumns other) =>
        Types.Count == other.Types.Count && Types.All(column => other.Types.TryGetValue(column.Key, out var type) && type == column.Value);
}

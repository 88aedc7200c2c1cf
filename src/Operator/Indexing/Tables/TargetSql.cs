namespace CodeRepoOperator.Indexing.Tables;

/// <summary>The parts of SQL that all statements on a target's table share, made of quoted names and literals.</summary>
/// <param name="target">The target.</param>
/// <param name="columns">The columns that its table has: what is missing is left out.</param>
/// <param name="alias">What a statement with several tables calls this one, a plain word; empty: it has one table.</param>
internal sealed class TargetSql(IndexingTarget target, TableColumns columns, string alias = "")
{
    /// <summary>The table, with its schema.</summary>
    public string Table { get; } = $"{SqlName.Quoted(target.Schema)}.{SqlName.Quoted(target.Table)}";

    /// <summary>
    /// Whether a job holds the row. A literal, not a parameter: the planner must see that the partial index covers it, and a
    /// column of an enum takes no text.
    /// </summary>
    public string IsActive { get; } = $"{Named(alias, target.Status)} = {SqlName.Literal(target.Active)}";

    /// <summary>
    /// The last sign of life of a row: its heartbeat or its start, whichever is newer, for a writer that knows no heartbeats leaves
    /// an old one behind. <c>-infinity</c>: none. The index of the migration is on this very expression: in any other form
    /// (<c>now() - column &gt; x</c>, <c>column IS NULL OR …</c>) it would not be used.
    /// </summary>
    public string SignOfLife { get; } =
        $"GREATEST({string.Join(", ", Signs(target, columns, alias).Append("'-infinity'::pg_catalog.timestamptz"))})";

    /// <summary>A column, with the table's alias.</summary>
    public string Column(string name) => Named(alias, name);

    private static IEnumerable<string> Signs(IndexingTarget target, TableColumns columns, string alias) =>
        new[] { target.Heartbeat, target.Started }.Where(columns.Has).Select(name => Named(alias, name));

    private static string Named(string alias, string name) => alias.Length == 0 ? SqlName.Quoted(name) : $"{alias}.{SqlName.Quoted(name)}";
}

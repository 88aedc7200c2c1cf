using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>Judges the columns of a table: what the sweep can do without, and what it can't.</summary>
internal static class ColumnCheck
{
    private const string Setting = $"{IndexingOptions.Section}:{nameof(IndexingOptions.Targets)}";

    /// <summary>The columns that are named and not there, and that the sweep can leave out.</summary>
    public static IReadOnlyList<string> Missing(IndexingTarget target, TableColumns columns) =>
        [
            .. new[] { target.Started, target.Heartbeat, target.Token, target.Resets, target.Error }.Where(name =>
                name.Length > 0 && !columns.Has(name)
            ),
        ];

    /// <summary>Whether a row's sign of life is known: without it none is stuck.</summary>
    public static bool CanTellAge(IndexingTarget target, TableColumns columns) =>
        columns.Has(target.Started) || columns.Has(target.Heartbeat);

    /// <summary>Whether a reset can keep a row back: it must know how often the row was reset.</summary>
    public static bool CanDelay(IndexingTarget target, TableColumns columns) =>
        columns.Has(target.Resets) && columns.Has(target.NotBefore) && IsInstant(columns.Types[target.NotBefore]);

    /// <summary>Why rows that are reset again and again can be claimed at once, and what to do; null: they can't.</summary>
    public static string? Undelayed(IndexingTarget target, TableColumns columns) =>
        target.NotBefore.Length == 0 || CanDelay(target, columns)
            ? null
            : $"the column {target.NotBefore} is missing, or the operator may not write it. Run coderepo-operator migrate, and GRANT "
                + $"UPDATE ({SqlName.Quoted(target.NotBefore)}) ON {SqlName.Quoted(target.Schema)}.{SqlName.Quoted(target.Table)} to "
                + "its role";

    /// <summary>Why the sweep is degraded and what to do, in words that stay the same while nothing changes; null: it is not.</summary>
    public static string? Degradation(IndexingTarget target, TableColumns columns)
    {
        var missing = Missing(target, columns);
        return missing.Count == 0 && CanTellAge(target, columns)
            ? null
            : $"{NameOf(target)} lacks {(missing.Count == 0 ? "columns of stamps" : string.Join(", ", missing))}: "
                + $"{Effect(target, columns)} {Remedy(target, missing)}";
    }

    /// <summary>Why the table can't be swept at all, and what to do; null: it can.</summary>
    /// <param name="target">The target.</param>
    /// <param name="columns">Its table's columns; null: there is no such table.</param>
    public static string? Error(IndexingTarget target, TableColumns? columns)
    {
        if (columns is null)
        {
            return $"There is no table {NameOf(target)} in the database: set {Setting}, Schema and Table, to the one that is meant.";
        }

        // Without the tenant of a row nobody would know whose threshold counts for it.
        var required = new[]
        {
            (nameof(target.Key), target.Key),
            (nameof(target.Status), target.Status),
            (nameof(target.Tenant), target.Tenant),
        };
        foreach (var (setting, name) in required.Where(column => column.Item2.Length > 0))
        {
            if (!columns.Has(name))
            {
                return $"{NameOf(target)} has no column {name}: set {Setting}, {setting}, to the one that is meant.";
            }
        }

        return WrongType(target, columns);
    }

    private static string? WrongType(IndexingTarget target, TableColumns columns)
    {
        (string Name, string Desired, Func<string, bool> IsRight)[] rules =
        [
            (target.Started, "timestamp with time zone", IsInstant),
            (target.Heartbeat, "timestamp with time zone", IsInstant),
            (target.Token, "bigint", IsNumber),
            (target.Resets, "integer", IsNumber),
            (target.Error, "text", IsText),
        ];
        return rules
            .Where(rule => columns.Has(rule.Name) && !rule.IsRight(columns.Types[rule.Name]))
            .Select(rule =>
                $"The column {rule.Name} of {NameOf(target)} is {columns.Types[rule.Name]}, and must be {rule.Desired}: change its "
                + "type, or name another."
            )
            .FirstOrDefault();
    }

    private static bool IsInstant(string type) =>
        type.StartsWith("timestamp", StringComparison.Ordinal) && type.EndsWith("with time zone", StringComparison.Ordinal);

    private static bool IsNumber(string type) => type is "bigint" or "integer";

    private static bool IsText(string type) =>
        type is "text" or "citext"
        || type.EndsWith(".citext", StringComparison.Ordinal)
        || type.StartsWith("character", StringComparison.Ordinal);

    private static string Effect(IndexingTarget target, TableColumns columns) =>
        CanTellAge(target, columns) ? "stuck rows are reset as far as that goes without." : "nothing can be reset there.";

    private static string Remedy(IndexingTarget target, IReadOnlyList<string> missing) =>
        missing switch
        {
            [] => $"Name Started or Heartbeat in {Setting}, and run coderepo-operator migrate.",
            [var one] when one == target.Error => $"Add that column, or name another in {Setting}, Error.",
            _ => "Run coderepo-operator migrate.",
        };

    private static string NameOf(IndexingTarget target) => $"{target.Schema}.{target.Table}";
}

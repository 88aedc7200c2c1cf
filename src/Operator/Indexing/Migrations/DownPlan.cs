using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>
/// What undoes the migration of a target: a pure decision. Columns go only if the journal knows that the migration has added them.
/// </summary>
internal static class DownPlan
{
    /// <summary>The last first, each only where there is something to undo.</summary>
    public static IReadOnlyList<MigrationStep> For(MigrationTarget target, TableState table)
    {
        if (!table.HasJournal || table.Ran.Count == 0)
        {
            return [];
        }

        var scripts = new MigrationScripts(target, table.Columns, maxResets: 0);
        MigrationStep Step(MigrationScript script, string does) => new(target, script, does, Record: "");
        return
        [
            .. table.RowTriggers.Count == 0
                ? Array.Empty<MigrationStep>()
                : [Step(scripts.Script("0010_rows.down.sql"), $"dropped the triggers {string.Join(", ", table.RowTriggers)}")],
            .. Attempts(table, scripts).Select(script => Step(script, "dropped the history, and what writes it")),
            Step(scripts.Script("0005_trigger.down.sql"), $"dropped the triggers {string.Join(", ", target.Names.Triggers)}"),
            .. Renamed(target, table, scripts),
            Step(scripts.Script("0004_functions.down.sql"), "dropped the functions"),
            Step(scripts.Script("0008_waiting_index.down.sql"), $"dropped the index {target.Names.WaitingIndex}"),
            Step(scripts.Script("0003_url_index.down.sql"), $"dropped the index {target.Names.UrlIndex}"),
            Step(scripts.Script("0002_active_index.down.sql"), $"dropped the index {target.Names.ActiveIndex}"),
            .. table.Indexes.Except(target.Names.Indexes).Select(index => Step(scripts.OtherIndex(index), $"dropped the index {index}")),
            Columns(target, table, scripts),
        ];
    }

    private static IEnumerable<MigrationScript> Attempts(TableState table, MigrationScripts scripts)
    {
        if (table.WritesAttempts || table.PruneFunctions.Count > 0)
        {
            yield return scripts.NoAttempts(table.PruneFunctions);
        }

        if (table.AttemptsTables.Count > 0)
        {
            yield return scripts.NoAttemptsTables(table.AttemptsTables);
        }
    }

    /// <summary>What has older names, and whose triggers are gone by now.</summary>
    private static IEnumerable<MigrationStep> Renamed(MigrationTarget target, TableState table, MigrationScripts scripts)
    {
        string[] functions = [.. table.FormerFunctions, .. table.FormerStamps];
        return table.Formers.Count + functions.Length == 0
            ? []
            : [new MigrationStep(target, scripts.Renamed(table.Formers, functions), "dropped what had older names", Record: "")];
    }

    /// <summary>The last step, which takes the target out of the journal, also where no column is to go.</summary>
    private static MigrationStep Columns(MigrationTarget target, TableState table, MigrationScripts scripts)
    {
        const string Name = "0001_columns.down.sql";
        var added = table.Added.Distinct(StringComparer.Ordinal).Where(table.Columns.ContainsKey).ToList();
        var forget = new JournalSql(target, []).Forget(scripts.Body);
        if (added.Count == 0)
        {
            return new MigrationStep(target, new MigrationScript(Name, "", IsTransaction: true), "had added no column", forget);
        }

        var removals = string.Join(", ", added.Select(column => $"DROP COLUMN {SqlName.Quoted(column)}"));
        var does = $"dropped the columns {string.Join(", ", added)}";
        return new MigrationStep(target, scripts.Script(Name, ("removals", removals)), does, forget);
    }
}

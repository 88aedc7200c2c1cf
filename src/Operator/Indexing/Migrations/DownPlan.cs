using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>What undoes the migration of a target: a pure decision. Columns go only if the journal knows that the migration has added them.</summary>
internal static class DownPlan
{
    /// <summary>The last first, each only where there is something to undo.</summary>
    public static IReadOnlyList<MigrationStep> For(MigrationTarget target, TableState table)
    {
        if (!table.HasJournal || table.Ran.Count == 0)
        {
            return [];
        }

        var scripts = new MigrationScript(target, table.Columns, maxResets: 0);
        var journal = new JournalSql(target);
        var added = table.Added.Distinct(StringComparer.Ordinal).Where(table.Columns.ContainsKey).ToList();
        var removals = string.Join(", ", added.Select(column => $"DROP COLUMN {SqlName.Quoted(column)}"));
        MigrationStep Step(string script, string text, string does, bool isTransaction, string record = "")
            => new(target, script, text, does, isTransaction, Prepare: "", record);
        const string Trigger = "0005_trigger.down.sql", Functions = "0004_functions.down.sql", Url = "0003_url_index.down.sql",
            Active = "0002_active_index.down.sql", Columns = "0001_columns.down.sql";
        var others = table.Indexes.Except([target.Names.ActiveIndex, target.Names.UrlIndex]).Select(index => (Index: index, Script: scripts.OtherIndex(index)));
        return
        [
            Step(Trigger, scripts.Text(Trigger), $"dropped the trigger {target.Names.Stamp}", isTransaction: true),
            Step(Functions, scripts.Text(Functions), "dropped the functions", isTransaction: true),
            Step(Url, scripts.Text(Url), $"dropped the index {target.Names.UrlIndex}", isTransaction: false),
            Step(Active, scripts.Text(Active), $"dropped the index {target.Names.ActiveIndex}", isTransaction: false),
            .. others.Select(other => Step(other.Script.Name, other.Script.Text, $"dropped the index {other.Index}", isTransaction: false)),
            Step(
                Columns,
                added.Count == 0 ? "" : scripts.Text(Columns, ("removals", removals)),
                added.Count == 0 ? "had added no column" : $"dropped the columns {string.Join(", ", added)}",
                isTransaction: true,
                journal.Forget(scripts.Body)),
        ];
    }
}

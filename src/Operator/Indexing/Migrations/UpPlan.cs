using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>
/// Which scripts must run for a target, and in which order: a pure decision. A script is through when it ran as it would be now, and
/// what it makes is there still: so what was interrupted, changed by other settings, or undone by hand, is mended by the next run.
/// </summary>
internal static class UpPlan
{
    /// <summary>The functions and the columns, and what makes them fast and true.</summary>
    /// <param name="target">The target, with which nothing is wrong.</param>
    /// <param name="table">How it stands.</param>
    /// <param name="maxResets">How often a row may be reset before it is given up.</param>
    public static IReadOnlyList<MigrationStep> For(MigrationTarget target, TableState table, int maxResets)
    {
        var plan = new Scripts(target, table, new MigrationScript(target, table.Columns, maxResets));
        var missing = target.Columns.Where(column => !table.Columns.ContainsKey(column.Column)).ToList();
        var hasUrl = table.Columns.ContainsKey(target.Target.Url);
        MigrationStep?[] steps =
        [
            missing.Count == 0 ? null : plan.Columns(missing),
            plan.Index("0002_active_index.sql", target.Names.ActiveIndex),
            hasUrl ? plan.Index("0003_url_index.sql", target.Names.UrlIndex) : null,
            plan.Code("0004_functions.sql", $"made the functions {target.Names.Claim}, {target.Names.Heartbeat} and {target.Names.Finish}", table.HasFunctions),
            plan.Code("0005_trigger.sql", $"made the trigger {target.Names.Stamp}", table.HasTrigger),
        ];
        string[] wanted = hasUrl ? [target.Names.ActiveIndex, target.Names.UrlIndex] : [target.Names.ActiveIndex];
        List<MigrationStep> left = [.. steps.OfType<MigrationStep>(), .. table.Indexes.Except(wanted).Select(plan.Other)];
        if (left.Count > 0 && !table.HasJournal)
        {
            left[0] = left[0] with { Prepare = new JournalSql(target).Create };
        }

        return left;
    }

    private sealed class Scripts(MigrationTarget target, TableState table, MigrationScript scripts)
    {
        private readonly JournalSql _journal = new(target);

        public MigrationStep Columns(IReadOnlyList<(string Column, string Declaration)> missing)
        {
            var names = missing.Select(column => column.Column).ToList();
            var additions = string.Join(", ", missing.Select(column => $"ADD COLUMN {SqlName.Quoted(column.Column)} {column.Declaration}"));
            const string Name = "0001_columns.sql";
            return Step(Name, scripts.Text(Name, ("additions", additions)), $"added the columns {string.Join(", ", names)}", isTransaction: true, names);
        }

        public MigrationStep? Index(string name, string index)
        {
            var text = scripts.Text(name);
            return table.Indexes.Contains(index) && HasRun(name, text) ? null : Step(name, text, $"made the index {index}", isTransaction: false, []);
        }

        public MigrationStep? Code(string name, string does, bool isThere)
        {
            var text = scripts.Text(name);
            return isThere && HasRun(name, text) ? null : Step(name, text, does, isTransaction: true, []);
        }

        public MigrationStep Other(string index)
        {
            var (name, text) = scripts.OtherIndex(index);
            return Step(name, text, $"dropped the older index {index}", isTransaction: false, []);
        }

        private bool HasRun(string name, string text) => table.Ran.TryGetValue(name, out var hash) && hash == MigrationScript.Hash(text);

        private MigrationStep Step(string name, string text, string does, bool isTransaction, IReadOnlyList<string> added)
            => new(target, name, text, does, isTransaction, Prepare: "", _journal.Store(name, text, added));
    }
}

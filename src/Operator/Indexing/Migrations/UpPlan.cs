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
        target = target with { HasWebRoles = table.HasWebRoles };
        var plan = new Steps(target, table, new MigrationScripts(target, table.Columns, maxResets));
        var missing = target.Columns.Where(column => !table.Columns.ContainsKey(column.Column)).ToList();
        var hasUrl = table.Columns.ContainsKey(target.Target.Url);
        MigrationStep?[] steps =
        [
            table.Formers.Count == 0 || !table.HasJournal ? null : plan.Renamed(),
            missing.Count == 0 ? null : plan.Columns(missing),
            plan.Index("0002_active_index.sql", target.Names.ActiveIndex),
            hasUrl ? plan.Index("0003_url_index.sql", target.Names.UrlIndex) : null,
            plan.Index("0008_waiting_index.sql", target.Names.WaitingIndex),
            plan.Code(
                "0004_functions.sql",
                $"made the functions {target.Names.Claim}, {target.Names.ClaimNext}, {target.Names.Heartbeat} and {target.Names.Finish}",
                table.HasFunctions
            ),
            plan.Code("0005_trigger.sql", $"made the triggers {string.Join(", ", target.Names.Triggers)}", table.HasTriggers),
            plan.Attempts(),
            plan.Rows(),
        ];
        var desired = target.Names.Indexes.Where(index => hasUrl || index != target.Names.UrlIndex);
        List<MigrationStep> left = [.. steps.OfType<MigrationStep>(), .. table.Indexes.Except(desired).Select(plan.Other)];
        if (left.Count == 0 && table.HasJournal && table.IsJournalOpen)
        {
            left.Add(new MigrationStep(target, new("0000_journal.sql", "", IsTransaction: true), "closed the journal to other roles", ""));
        }

        if (left.Count > 0 && (!table.HasJournal || table.IsJournalOpen))
        {
            left[0] = left[0] with { Prepare = new JournalSql(target, table.Formers).Create(plan.Scripts.Body) };
        }

        return left;
    }

    private sealed class Steps(MigrationTarget target, TableState table, MigrationScripts scripts)
    {
        private readonly JournalSql _journal = new(target, []);

        public MigrationScripts Scripts => scripts;

        public MigrationStep Renamed() =>
            new(
                target,
                scripts.Renamed(table.Formers, table.FormerFunctions),
                $"took over what was made for {string.Join(", ", table.Formers)}",
                Record: ""
            );

        public MigrationStep Columns(IReadOnlyList<(string Column, string Declaration)> missing)
        {
            var names = missing.Select(column => column.Column).ToList();
            var additions = string.Join(", ", missing.Select(column => $"ADD COLUMN {SqlName.Quoted(column.Column)} {column.Declaration}"));
            var does = $"added the columns {string.Join(", ", names)}";
            return Step(scripts.Script("0001_columns.sql", ("additions", additions)), does, names);
        }

        public MigrationStep? Index(string name, string index)
        {
            var script = scripts.Script(name);
            return table.Indexes.Contains(index) && HasRun(script) ? null : Step(script, $"made the index {index}", []);
        }

        public MigrationStep? Code(string name, string does, bool isThere)
        {
            var script = scripts.Script(name);
            return isThere && HasRun(script) ? null : Step(script, does, []);
        }

        /// <summary>Triggers that tell of rows cost each writer something: they are there where somebody listens.</summary>
        public MigrationStep? Rows()
        {
            var names = target.Names.RowTriggers;
            if (target.IsDeclaring && table.Columns.ContainsKey(target.Target.Url) && table.Columns.ContainsKey(target.Target.Branch))
            {
                return Code(
                    "0010_rows.sql",
                    $"made the triggers {string.Join(", ", names)}",
                    names.Order().SequenceEqual(table.RowTriggers.Order())
                );
            }

            return table.RowTriggers.Count == 0
                ? null
                : Step(scripts.Script("0010_rows.down.sql"), $"dropped the triggers {string.Join(", ", table.RowTriggers)}", []);
        }

        /// <summary>A history that is not wanted any more stays as it is.</summary>
        public MigrationStep? Attempts() =>
            target.Target.Attempts.Length > 0
                ? Code("0009_attempts.sql", $"made the history {target.Target.Attempts}, and what writes it", table.HasAttempts)
            : table.WritesAttempts ? Step(scripts.NoAttempts(table.PruneFunctions), "ended the history", [])
            : null;

        public MigrationStep Other(string index) => Step(scripts.OtherIndex(index), $"dropped the older index {index}", []);

        private bool HasRun(MigrationScript script) => table.Ran.TryGetValue(script.Name, out var hash) && hash == script.Hash;

        private MigrationStep Step(MigrationScript script, string does, IReadOnlyList<string> added) =>
            new(target, script, does, _journal.Store(script, added));
    }
}

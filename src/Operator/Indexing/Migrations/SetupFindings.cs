using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>What a migration lacks, and who can give it: a pure decision, reported before anything is changed.</summary>
internal static class SetupFindings
{
    /// <summary>PostgreSQL 11: the first that adds a column with a default without writing each row.</summary>
    private const int OldestVersion = 110_000;

    private const string Timestamp = "timestamp with time zone";

    /// <summary>What is wrong with the server and the session.</summary>
    public static IEnumerable<string> Of(ServerState server)
    {
        if (server.Version < OldestVersion)
        {
            yield return $"The server is PostgreSQL {server.ShownVersion}: it must be 11 or newer.";
        }
    }

    /// <summary>What is wrong with the table of a target.</summary>
    /// <param name="target">The target.</param>
    /// <param name="table">How it stands.</param>
    /// <param name="user">The role of the session.</param>
    /// <param name="direction">Which way the migration goes. The way back takes what is there, and there may be nothing.</param>
    public static IEnumerable<string> Of(MigrationTarget target, TableState table, string user, MigrationDirection direction) =>
        table.Kind switch
        {
            _ when direction == MigrationDirection.Down => table.Kind == "r"
                ? [.. OfRights(target, table, user), .. OfRemovedText(target, table), .. OfDependents(target, table)]
                : [],
            null => [NoTable(target, table)],
            "p" => [$"{target.Setting(nameof(IndexingTarget.Table))} is {target.Shown}, which is partitioned: name a table that is not."],
            not "r" => [$"{target.Setting(nameof(IndexingTarget.Table))} is {target.Shown}, which is no table: name the table behind it."],
            _ =>
            [
                .. OfRights(target, table, user),
                .. OfChildren(target, table),
                .. OfRules(target, table),
                .. OfNames(target, table),
                .. OfAttempts(target, table),
                .. OfRemovedText(target, table),
                .. OfKeyAndStatus(target, table),
                .. OfForeignTypes(target, table),
                .. OfOurColumns(target, table),
                .. OfFixedColumns(target, table),
                .. OfRefusedValues(target, table),
            ],
        };

    private static string NoTable(MigrationTarget target, TableState table)
    {
        var settings = $"{target.Setting(nameof(IndexingTarget.Schema))} and {target.Setting(nameof(IndexingTarget.Table))}";
        return table.OtherSchemas.Count == 0
            ? $"There is no table {target.Shown}: name yours by {settings}, or another database in "
                + $"{IndexingOptions.Section}:{nameof(IndexingOptions.ConnectionFile)}."
            : $"There is no table {target.Shown}, but one of this name in {string.Join(", ", table.OtherSchemas)}: name yours by "
                + $"{settings}.";
    }

    private static IEnumerable<string> OfRights(MigrationTarget target, TableState table, string user)
    {
        if (!table.IsOurs)
        {
            yield return $"{target.Shown} belongs to {table.Owner}, and {user} may not change it: run migrate as {table.Owner}, or as a "
                + "member of it.";
        }

        if (!table.MayCreate)
        {
            yield return $"{user} may make nothing in the schema {target.Target.Schema}: GRANT CREATE ON SCHEMA to it, or run migrate "
                + "as the schema's owner.";
        }

        if (table.JournalOwner is { } owner)
        {
            yield return $"An earlier migrate was run as {owner}, to whom {target.Target.Schema}.{MigrationNames.Journal} belongs: run "
                + $"it as {owner} again, or as a member of it.";
        }
    }

    private static IEnumerable<string> OfChildren(MigrationTarget target, TableState table)
    {
        if (table.Children.Count > 0)
        {
            yield return $"{target.Shown} has tables that inherit from it ({string.Join(", ", table.Children)}), whose rows no trigger "
                + "of it would see: take them out (ALTER TABLE … NO INHERIT), or name a table that has none.";
        }
    }

    private static IEnumerable<string> OfRules(MigrationTarget target, TableState table)
    {
        if (table.Rules.Count > 0)
        {
            yield return $"{target.Shown} has rules that make other statements of an INSERT or UPDATE ({string.Join(", ", table.Rules)}), "
                + "so that no claim and no reset could be made: drop them, and use triggers instead.";
        }
    }

    private static IEnumerable<string> OfDependents(MigrationTarget target, TableState table)
    {
        if (table.Dependents.Count > 0)
        {
            yield return $"{target.Shown} has columns that migrate has added and others need ({string.Join("; ", table.Dependents)}): "
                + "drop those, or make them without these columns, and run migrate --down again.";
        }
    }

    private static IEnumerable<string> OfNames(MigrationTarget target, TableState table)
    {
        if (target.Names.AreTooLong)
        {
            yield return $"The functions of {target.Shown} would have names of more than 63 bytes: give the target a short "
                + $"{target.Setting(nameof(IndexingTarget.Name))}.";
        }

        foreach (var name in table.TakenNames)
        {
            yield return $"An index of {target.Shown} must be called {name}, which is something else in the schema "
                + $"{target.Target.Schema}: rename that.";
        }
    }

    private static IEnumerable<string> OfAttempts(MigrationTarget target, TableState table)
    {
        if (table.IsAttemptsTaken)
        {
            yield return $"{target.Setting(nameof(IndexingTarget.Attempts))} is {target.Target.Attempts}, which is something else in "
                + $"the schema {target.Target.Schema}: name another, which migrate makes.";
        }
    }

    /// <summary>DbUp takes this text out of all that it runs, wherever it is, and so would change another thing.</summary>
    private static IEnumerable<string> OfRemovedText(MigrationTarget target, TableState table)
    {
        const string Removed = "$schema$.";
        var settings = target.Target;
        string[] names = [settings.Schema, settings.Table, settings.Key, settings.Status, settings.Url, settings.Active];
        return names
            .Concat(target.Columns.Select(column => column.Column))
            .Concat(
                table.Columns.Where(column => column.Key == settings.Key || column.Key == settings.Status).Select(column => column.Value)
            )
            .Concat(table.Indexes)
            .Concat(table.Added)
            .Where(name => name.Contains(Removed, StringComparison.OrdinalIgnoreCase))
            .Distinct(StringComparer.Ordinal)
            .Select(name => $"{SettingText.Shown(name)} has {Removed} in it, which migrate can't write: rename it.");
    }

    private static IEnumerable<string> OfKeyAndStatus(MigrationTarget target, TableState table)
    {
        var settings = target.Target;
        if (!table.Columns.ContainsKey(settings.Key))
        {
            yield return Missing(target, nameof(IndexingTarget.Key), settings.Key, table);
        }
        else if (!table.IsKeyUnique)
        {
            yield return $"{target.Setting(nameof(IndexingTarget.Key))} is {SettingText.Shown(settings.Key)}, of which {target.Shown} "
                + "has no primary key or unique index: make one, or name the column that has one.";
        }

        if (!table.Columns.TryGetValue(settings.Status, out _))
        {
            yield return Missing(target, nameof(IndexingTarget.Status), settings.Status, table);
        }
        else if (table.StatusValues is { } values)
        {
            (string Setting, string? Value)[] statuses =
            [
                (nameof(IndexingTarget.Active), settings.Active),
                (nameof(IndexingTarget.Reset), settings.Reset),
                (nameof(IndexingTarget.Exhausted), settings.Exhausted),
            ];
            foreach (var (setting, value) in statuses.Where(status => status.Value is not null && !values.Contains(status.Value)))
            {
                yield return $"{target.Setting(setting)} is {SettingText.Shown(value)}, which {SettingText.Shown(settings.Status)} of "
                    + $"{target.Shown} can't be: name one of {string.Join(", ", values)}.";
            }
        }

        if (
            settings.Url.Length > 0
            && table.Columns.TryGetValue(settings.Url, out var type)
            && type is not ("text" or "character varying" or "bpchar")
        )
        {
            yield return WrongType(target, nameof(IndexingTarget.Url), settings.Url, type, "text");
        }
    }

    private static IEnumerable<string> OfForeignTypes(MigrationTarget target, TableState table)
    {
        var settings = target.Target;
        (string Setting, string Column, string Instead)[] columns =
        [
            (nameof(IndexingTarget.Key), settings.Key, "one of PostgreSQL's own types"),
            (nameof(IndexingTarget.Status), settings.Status, "text or an enum"),
        ];
        foreach (var (setting, column, instead) in columns.Where(column => table.ForeignColumns.Contains(column.Column)))
        {
            yield return $"{target.Setting(setting)} is {SettingText.Shown(column)}, a column of {target.Shown} that is "
                + $"{table.Columns.GetValueOrDefault(column)}, which compares by operators of its own: make it {instead}, or name another.";
        }
    }

    private static IEnumerable<string> OfFixedColumns(MigrationTarget target, TableState table)
    {
        var settings = target.Target;
        (string Setting, string Column)[] columns =
        [
            (nameof(IndexingTarget.Status), settings.Status),
            (nameof(IndexingTarget.Started), settings.Started),
            (nameof(IndexingTarget.Heartbeat), settings.Heartbeat),
            (nameof(IndexingTarget.Token), settings.Token),
            (nameof(IndexingTarget.Resets), settings.Resets),
            (nameof(IndexingTarget.Holder), settings.Holder),
            (nameof(IndexingTarget.NotBefore), settings.NotBefore),
            (nameof(IndexingTarget.Completed), settings.Completed),
            (nameof(IndexingTarget.Error), settings.Error),
            (nameof(IndexingTarget.LocalPath), settings.LocalPath),
        ];
        foreach (var (setting, column) in columns.Where(column => table.FixedColumns.Contains(column.Column)))
        {
            yield return $"{target.Setting(setting)} is {SettingText.Shown(column)}, a column of {target.Shown} that is GENERATED ALWAYS, "
                + "so that nobody can write it: make it a plain column, or name another.";
        }
    }

    private static IEnumerable<string> OfRefusedValues(MigrationTarget target, TableState table)
    {
        var settings = target.Target;
        foreach (var refused in table.RefusedValues)
        {
            var setting =
                refused.Column != settings.Status ? ""
                : refused.Value == SqlName.Literal(settings.Active) ? nameof(IndexingTarget.Active)
                : refused.Value == SqlName.Literal(settings.Reset) ? nameof(IndexingTarget.Reset)
                : nameof(IndexingTarget.Exhausted);
            yield return setting.Length > 0
                ? $"{target.Setting(setting)} is {refused.Value}, which {SettingText.Shown(refused.Column)} of {target.Shown} can't be "
                    + $"({ForeignText.Shown(refused.Why)}): name a status that it can be, or change the column to allow it."
                : $"{SettingText.Shown(refused.Column)} of {target.Shown} can't be {refused.Value} ({ForeignText.Shown(refused.Why)}): "
                    + "change the column to allow it, or name another, which migrate adds.";
        }
    }

    private static IEnumerable<string> OfOurColumns(MigrationTarget target, TableState table)
    {
        var settings = target.Target;
        (string Setting, string Column, string[] Types)[] columns =
        [
            (nameof(IndexingTarget.Started), settings.Started, [Timestamp]),
            (nameof(IndexingTarget.Heartbeat), settings.Heartbeat, [Timestamp]),
            (nameof(IndexingTarget.Token), settings.Token, ["bigint"]),
            (nameof(IndexingTarget.Resets), settings.Resets, ["integer", "bigint"]),
            (nameof(IndexingTarget.Holder), settings.Holder, ["text", "character varying"]),
            (nameof(IndexingTarget.NotBefore), settings.NotBefore, [Timestamp]),
        ];
        foreach (var (setting, column, types) in columns)
        {
            if (column.Length == 0)
            {
                yield return $"{target.Setting(setting)} is empty: name the column; migrate adds it where it is missing.";
            }
            else if (table.Columns.TryGetValue(column, out var type) && !types.Contains(type))
            {
                yield return WrongType(target, setting, column, type, types[0]);
            }
        }
    }

    private static string Missing(MigrationTarget target, string setting, string column, TableState table)
    {
        var meant = SettingText.Nearest(column, table.Columns.Keys) is { } nearest ? $" Did you mean {nearest}?" : "";
        return $"{target.Setting(setting)} is {SettingText.Shown(column)}, a column that {target.Shown} does not have: name the one it "
            + $"has.{meant}";
    }

    private static string WrongType(MigrationTarget target, string setting, string column, string type, string desired)
    {
        var how =
            type == "timestamp without time zone"
                ? $", and say in which time zone its values are (ALTER TABLE … ALTER COLUMN … TYPE timestamptz USING … AT TIME ZONE 'UTC')"
                : "";
        return $"{target.Setting(setting)} is {SettingText.Shown(column)}, a column of {target.Shown} that is {type}: make it "
            + $"{desired}{how}, or name another, which migrate adds.";
    }
}

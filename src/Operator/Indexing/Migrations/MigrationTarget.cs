using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>A target that is to be migrated.</summary>
/// <param name="Target">The target.</param>
/// <param name="Number">Its place among the targets, from 0.</param>
internal sealed record MigrationTarget(IndexingTarget Target, int Number)
{
    /// <summary>What is made for it, and how that is called.</summary>
    public MigrationNames Names { get; } = new(Target.Label, Number == 0);

    /// <summary>
    /// What it goes by in the journal, whose schema is the table's. Not the label: another <c>Name</c> must not make its history
    /// unknown, and with it which columns the migration has added.
    /// </summary>
    public string Identity => $"{SqlName.Quoted(Target.Table)}.{SqlName.Quoted(Target.Status)}";

    /// <summary>How long the holder of a row may be silent before a plain UPDATE of the status may take it over.</summary>
    public TimeSpan Threshold { get; init; } = new IndexingOptions().ThresholdOf(Target);

    /// <summary>How often a row may be reset before it is given up.</summary>
    public int MaxResets { get; init; } = new IndexingOptions().MaxResets;

    /// <summary>Whether its rows declare CodeRepos.</summary>
    public bool IsDeclaring { get; init; }

    /// <summary>How many rows of the history are kept for each row.</summary>
    public int MaxAttempts { get; init; } = new IndexingOptions().MaxAttempts;

    /// <summary>Whether the server has the roles of a web API, as Supabase has them.</summary>
    public bool HasWebRoles { get; init; }

    /// <summary>Its table, as logs name it.</summary>
    public string Shown => $"{Target.Schema}.{Target.Table}";

    /// <summary>The columns that the migration adds where they are missing, and how they are declared.</summary>
    public IReadOnlyList<(string Column, string Declaration)> Columns =>
        [
            (Target.Started, "timestamptz"),
            (Target.Heartbeat, "timestamptz"),
            (Target.Token, "bigint NOT NULL DEFAULT 0"),
            (Target.Resets, "integer NOT NULL DEFAULT 0"),
            (Target.Holder, "text"),
            (Target.NotBefore, "timestamptz"),
        ];

    /// <summary>The full name of one of its settings.</summary>
    public string Setting(string name) => $"{IndexingOptions.Section}:{nameof(IndexingOptions.Targets)}:{Number}:{name}";

    /// <summary>The targets of the settings.</summary>
    public static IReadOnlyList<MigrationTarget> Of(IndexingOptions options) =>
        [
            .. options.AllTargets.Select(
                (target, number) =>
                    new MigrationTarget(target, number)
                    {
                        Threshold = options.ThresholdOf(target),
                        MaxResets = options.MaxResets,
                        IsDeclaring = target.Label == options.DeclaringTarget?.Label,
                        MaxAttempts = options.MaxAttempts,
                    }
            ),
        ];
}

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>The table of a target and what was made for it, as the catalog has it.</summary>
internal sealed record TableState
{
    /// <summary>What the table is: <c>r</c> a table, <c>p</c> a partitioned one, anything else no table; null: there is none.</summary>
    public string? Kind { get; init; }

    /// <summary>Other schemas that have a table of this name.</summary>
    public IReadOnlyList<string> OtherSchemas { get; init; } = [];
    public string Owner { get; init; } = "";

    /// <summary>Whether the session may change it.</summary>
    public bool IsOurs { get; init; }

    /// <summary>Whether the session may make things in the schema.</summary>
    public bool MayCreate { get; init; }

    /// <summary>The types of its columns, by name, with their schemas where those are not PostgreSQL's own.</summary>
    public IReadOnlyDictionary<string, string> Columns { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Tables that inherit from it: their rows are its rows too, but triggers and indexes are not theirs.</summary>
    public IReadOnlyList<string> Children { get; init; } = [];

    /// <summary>Whether a key is of one row only.</summary>
    public bool IsKeyUnique { get; init; }

    /// <summary>The values that the status may have, if its type is an enum; null: it is none.</summary>
    public IReadOnlyList<string>? StatusValues { get; init; }

    /// <summary>Names of ours that something else has.</summary>
    public IReadOnlyList<string> TakenNames { get; init; } = [];

    /// <summary>The indexes of ours that are whole, by whatever names.</summary>
    public IReadOnlyList<string> Indexes { get; init; } = [];

    /// <summary>Whether the functions are there, and no older ones.</summary>
    public bool HasFunctions { get; init; }

    /// <summary>Whether the triggers are there and work, and no older ones.</summary>
    public bool HasTriggers { get; init; }

    /// <summary>Whose the journal is, if the session may not write it; null: it may, or there is none.</summary>
    public string? JournalOwner { get; init; }

    /// <summary>Whether there is a journal.</summary>
    public bool HasJournal { get; init; }

    /// <summary>The hash of what each script was when it last ran, by the script's name.</summary>
    public IReadOnlyDictionary<string, string> Ran { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The columns that the migration has added.</summary>
    public IReadOnlyList<string> Added { get; init; } = [];
}

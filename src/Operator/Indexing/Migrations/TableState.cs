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

    /// <summary>What the target was called while its table had another name, under which there is no table now.</summary>
    public IReadOnlyList<string> Formers { get; init; } = [];

    /// <summary>The functions that were made then.</summary>
    public IReadOnlyList<string> FormerFunctions { get; init; } = [];

    /// <summary>The functions of the triggers under a name that they would not have now.</summary>
    public IReadOnlyList<string> FormerStamps { get; init; } = [];

    /// <summary>The rules that make another statement of an INSERT or UPDATE.</summary>
    public IReadOnlyList<string> Rules { get; init; } = [];

    /// <summary>The columns that nobody can write: generated ones, and identities.</summary>
    public IReadOnlyList<string> FixedColumns { get; init; } = [];

    /// <summary>The columns of an extension's type or a type of the user's, domains of one too; an enum is none.</summary>
    public IReadOnlyList<string> ForeignColumns { get; init; } = [];

    /// <summary>The values that are written and that the table does not take.</summary>
    public IReadOnlyList<RefusedValue> RefusedValues { get; init; } = [];

    /// <summary>What stands in the way of dropping the columns that were added: views and the like, in PostgreSQL's words.</summary>
    public IReadOnlyList<string> Dependents { get; init; } = [];

    /// <summary>Whether the functions are there, and no older ones.</summary>
    public bool HasFunctions { get; init; }

    /// <summary>Whether the triggers are there and work, and no older ones.</summary>
    public bool HasTriggers { get; init; }

    /// <summary>The triggers that tell of rows, by whatever names, as far as they work.</summary>
    public IReadOnlyList<string> RowTriggers { get; init; } = [];

    /// <summary>Whether the server has the roles of a web API, as Supabase has them.</summary>
    public bool HasWebRoles { get; init; }

    /// <summary>Whether the history is there, and what writes and prunes it.</summary>
    public bool HasAttempts { get; init; }

    /// <summary>Whether something writes a history.</summary>
    public bool WritesAttempts { get; init; }

    /// <summary>Whether something else has the name of the history.</summary>
    public bool IsAttemptsTaken { get; init; }

    /// <summary>The histories that were made for the target, by whatever names.</summary>
    public IReadOnlyList<string> AttemptsTables { get; init; } = [];

    /// <summary>The functions that prune them.</summary>
    public IReadOnlyList<string> PruneFunctions { get; init; } = [];

    /// <summary>Whose the journal is, if the session may not write it; null: it may, or there is none.</summary>
    public string? JournalOwner { get; init; }

    /// <summary>Whether there is a journal.</summary>
    public bool HasJournal { get; init; }

    /// <summary>Whether other roles may do something with it, if only TRUNCATE, which no row level security hinders.</summary>
    public bool IsJournalOpen { get; init; }

    /// <summary>The hash of what each script was when it last ran, by the script's name.</summary>
    public IReadOnlyDictionary<string, string> Ran { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The columns that the migration has added.</summary>
    public IReadOnlyList<string> Added { get; init; } = [];
}

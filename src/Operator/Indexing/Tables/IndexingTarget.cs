using System.ComponentModel.DataAnnotations;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>
/// A table with rows that jobs hold while they work on them; an item of <c>Indexing:Targets</c>. The defaults are those of the
/// table <c>repositories</c>. Columns that need not be there are named by an empty text when the table has none.
/// </summary>
internal sealed class IndexingTarget : IValidatableObject
{
    /// <summary>The column of what people call a row, where a table has one.</summary>
    internal const string NameColumn = "name";

    /// <summary>What the target is called in logs and metrics. Default: the table's name.</summary>
    [RegularExpression("^[a-z][a-z0-9_]{0,39}$", ErrorMessage = "1 to 40 of a-z, 0-9 and _, the first of them a letter.")]
    public string? Name { get; init; }

    /// <summary>The schema of the table. Default <c>public</c>.</summary>
    public string Schema { get; init; } = "public";

    /// <summary>The table. Default <c>repositories</c>.</summary>
    public string Table { get; init; } = "repositories";

    /// <summary>The column that names a row; unique, of any type. Default <c>id</c>.</summary>
    public string Key { get; init; } = "id";

    /// <summary>The column that says what is done with a row. Default <c>status</c>.</summary>
    public string Status { get; init; } = "status";

    /// <summary>The column of when a job took the row; timestamptz. Default <c>indexing_started_at</c>.</summary>
    public string Started { get; init; } = "indexing_started_at";

    /// <summary>The column of the job's last sign of life; timestamptz. Default <c>indexing_heartbeat_at</c>.</summary>
    public string Heartbeat { get; init; } = "indexing_heartbeat_at";

    /// <summary>The column of the number that each new holder of the row gets; bigint. Default <c>indexing_token</c>.</summary>
    public string Token { get; init; } = "indexing_token";

    /// <summary>The column of how often the row was reset; int. Default <c>indexing_resets</c>.</summary>
    public string Resets { get; init; } = "indexing_resets";

    /// <summary>The column of who holds the row; text. Default <c>indexing_holder</c>.</summary>
    public string Holder { get; init; } = "indexing_holder";

    /// <summary>
    /// The column of when the row may be claimed at the earliest, by which the one that has waited for longest comes first; timestamptz.
    /// Default <c>indexing_not_before</c>.
    /// </summary>
    public string NotBefore { get; init; } = "indexing_not_before";

    /// <summary>Whether sessions that listen to <c>coderepo_claimable</c> are notified of rows that wait for a job. Default: yes.</summary>
    public bool Notify { get; init; } = true;

    /// <summary>
    /// The table of who held which row when, in the schema of this one; <c>migrate</c> makes it. Default: none, and so no history.
    /// </summary>
    [RegularExpression("^([a-z][a-z0-9_]{0,49})?$", ErrorMessage = "1 to 50 of a-z, 0-9 and _, the first of them a letter.")]
    public string Attempts { get; init; } = "";

    /// <summary>The column that takes why a row was reset, as <c>error_message</c>; text. Default: none.</summary>
    public string Error { get; init; } = "";

    /// <summary>
    /// The column of when a job ended; timestamptz or timestamp (in UTC). A reset writes it, where the table has it and the role may.
    /// Default <c>completed_at</c>; empty: none.
    /// </summary>
    public string Completed { get; init; } = "completed_at";

    /// <summary>The column of the git URL, by which a CodeRepo finds its rows. Default <c>git_url</c>; empty: none do.</summary>
    public string Url { get; init; } = "git_url";

    /// <summary>The column of the branch. Default <c>branch</c>.</summary>
    public string Branch { get; init; } = "branch";

    /// <summary>The column that says whose a row is, for <see cref="IndexingOptions.Tenants"/>; of any type. Default: none.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>The column that the operator keeps the directory of the clone in, as <c>local_path</c>. Default: none.</summary>
    public string LocalPath { get; init; } = "";

    /// <summary>
    /// The column that takes why no CodeRepo can be made of a row, where rows declare them (<c>Indexing:Declare</c>); text, NULL where all
    /// is well. Default: none.
    /// </summary>
    public string Problem { get; init; } = "";

    /// <summary>The status of a row that a job holds. Default <c>indexing</c>.</summary>
    [Required(ErrorMessage = "name the status of a row that a job holds.")]
    public string Active { get; init; } = "indexing";

    /// <summary>The status that a stuck row gets. Default <c>error</c>.</summary>
    [Required(ErrorMessage = "name the status that a stuck row gets.")]
    public string Reset { get; init; } = "error";

    /// <summary>The status that a row gets that was reset too often. Default: that of <see cref="Reset"/>.</summary>
    public string? Exhausted { get; init; }

    /// <summary>How long a row of this table may be active without a sign of life. Default: <c>Indexing:Threshold</c>.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan? Threshold { get; init; }

    /// <summary>The function that deletes old rows of <see cref="Attempts"/>.</summary>
    internal string PruneFunction => $"{Attempts}_prune";

    /// <summary>What the target is called: <see cref="Name"/>, or the table.</summary>
    internal string Label => string.IsNullOrEmpty(Name) ? Table : Name;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        (string Setting, string Value, bool IsRequired)[] names =
        [
            (nameof(Schema), Schema, true),
            (nameof(Table), Table, true),
            (nameof(Key), Key, true),
            (nameof(Status), Status, true),
            (nameof(Started), Started, false),
            (nameof(Heartbeat), Heartbeat, false),
            (nameof(Token), Token, false),
            (nameof(Resets), Resets, false),
            (nameof(Holder), Holder, false),
            (nameof(NotBefore), NotBefore, false),
            (nameof(Error), Error, false),
            (nameof(Completed), Completed, false),
            (nameof(Url), Url, false),
            (nameof(Branch), Branch, false),
            (nameof(LocalPath), LocalPath, false),
            (nameof(Problem), Problem, false),
            (nameof(Tenant), Tenant, false),
        ];
        foreach (var (setting, value, isRequired) in names)
        {
            if (SqlName.Error(value, isRequired) is { } error)
            {
                yield return new ValidationResult(error, [setting]);
            }
        }

        var twice = names[2..]
            .Where(name => name.Value.Length > 0)
            .GroupBy(name => name.Value, StringComparer.Ordinal)
            .FirstOrDefault(same => same.Count() > 1);
        if (twice is not null)
        {
            var settings = twice.Select(name => name.Setting).ToList();
            yield return new ValidationResult($"is the column of {settings[1]} too: name another.", [settings[0]]);
        }

        if (Active == Reset || Active == Exhausted)
        {
            yield return new ValidationResult("is a status that rows are reset to as well: name another.", [nameof(Active)]);
        }
    }
}

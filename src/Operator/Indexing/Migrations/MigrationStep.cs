namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>A script that is to run.</summary>
/// <param name="Target">For which target.</param>
/// <param name="Script">The script.</param>
/// <param name="Does">What it does, for the log.</param>
/// <param name="Record">SQL that writes into the journal that it was done; empty: the journal does not know it.</param>
internal sealed record MigrationStep(MigrationTarget Target, MigrationScript Script, string Does, string Record)
{
    /// <summary>SQL that makes the journal, if this is the first step to write into it; empty otherwise.</summary>
    public string Prepare { get; init; } = "";

    /// <summary>All that is sent to the server, in this order.</summary>
    public string Sql => string.Join('\n', new[] { Prepare, Script.Sql, Record }.Where(part => part.Length > 0));
}

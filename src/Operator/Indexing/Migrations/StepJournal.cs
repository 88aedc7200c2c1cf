using System.Data;
using DbUp.Engine;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>
/// DbUp's view of the journal, while a step runs. What has run is looked up beforehand: a script whose text has changed, or whose work was undone, is
/// to run again, which DbUp's own journal does not know.
/// </summary>
internal sealed class StepJournal(MigrationStep step) : IJournal
{
    /// <inheritdoc />
    public string[] GetExecutedScripts() => [];

    /// <inheritdoc />
    public void EnsureTableExistsAndIsLatestVersion(Func<IDbCommand> dbCommandFactory) => Run(dbCommandFactory, step.Prepare);

    /// <inheritdoc />
    public void StoreExecutedScript(SqlScript script, Func<IDbCommand> dbCommandFactory) => Run(dbCommandFactory, step.Record);

    private static void Run(Func<IDbCommand> dbCommandFactory, string sql)
    {
        if (sql.Length > 0)
        {
            using var command = dbCommandFactory();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }
}

using DbUp.Engine;
using DbUp.Engine.Output;
using DbUp.Engine.Transactions;
using DbUp.Postgresql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>DbUp's executor, for scripts whose variables are replaced already: a dry run must print them so too.</summary>
internal sealed class StepExecutor(IConnectionManager connection, IUpgradeLog log, IJournal journal)
    : PostgresqlScriptExecutor(() => connection, () => log, schema: null, () => false, [], () => journal)
{
    /// <summary>Without a schema DbUp would take <c>$schema$</c> out of the text, which may be a part of a name.</summary>
    protected override string PreprocessScriptContents(SqlScript script, IDictionary<string, string> variables) => script.Contents;
}

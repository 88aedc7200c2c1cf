using System.Data;
using DbUp.Engine;
using DbUp.Engine.Output;
using DbUp.Engine.Transactions;
using DbUp.Postgresql;
using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>
/// Gives DbUp the session that holds the migration's lock: DbUp's own would open one for each run, and the lock would not end with the
/// one that does the work.
/// </summary>
/// <param name="connection">The session.</param>
/// <param name="begin">What a transaction begins with; null: each statement stands by itself.</param>
/// <param name="cancellationToken">No statement begins after it.</param>
internal sealed class StepConnection(NpgsqlConnection connection, string? begin, CancellationToken cancellationToken) : IConnectionManager, IDisposable
{
    /// <summary>Knows where a statement ends; it never connects.</summary>
    private static readonly PostgresqlConnectionManager Parser = new("");

    private volatile NpgsqlCommand? _last;

    /// <inheritdoc />
    public TransactionMode TransactionMode { get; set; }

    /// <inheritdoc />
    public bool IsScriptOutputLogged { get; set; }

    /// <inheritdoc />
    public int? ExecutionTimeoutSeconds { get; set; }

    /// <inheritdoc />
    public IDisposable OperationStarting(IUpgradeLog upgradeLog, List<SqlScript> executedScripts) => this;

    /// <inheritdoc />
    public void ExecuteCommandsWithManagedConnection(Action<Func<IDbCommand>> action) => ExecuteCommandsWithManagedConnection(command =>
    {
        action(command);
        return true;
    });

    /// <inheritdoc />
    public T ExecuteCommandsWithManagedConnection<T>(Func<Func<IDbCommand>, T> actionWithResult)
    {
        if (begin is null)
        {
            return actionWithResult(Command);
        }

        using var transaction = connection.BeginTransaction();
        using (var first = Command())
        {
            first.CommandText = begin;
            first.ExecuteNonQuery();
        }

        var result = actionWithResult(Command);
        transaction.Commit();
        return result;
    }

    /// <inheritdoc />
    public IEnumerable<string> SplitScriptIntoCommands(string scriptContents) => Parser.SplitScriptIntoCommands(scriptContents);

    /// <inheritdoc />
    public bool TryConnect(IUpgradeLog upgradeLog, out string errorMessage)
    {
        errorMessage = "";
        return connection.State == ConnectionState.Open;
    }

    /// <summary>Ends the statement that runs, if one does.</summary>
    public void Cancel() => _last?.Cancel();

    /// <summary>The session is its owner's.</summary>
    public void Dispose()
    {
    }

    /// <summary>A command without a timeout of its own: an index may take hours. The token ends it.</summary>
    private NpgsqlCommand Command()
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _last = new NpgsqlCommand { Connection = connection, CommandTimeout = 0 };
    }
}

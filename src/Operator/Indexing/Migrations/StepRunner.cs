using System.Runtime.ExceptionServices;
using DbUp.Builder;
using DbUp.Engine;
using DbUp.ScriptProviders;
using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>
/// Runs a step by DbUp, again and again until it gets its lock. Each wait for the lock is short, since all who come after wait behind it;
/// the time between two is longer, so that those get on.
/// </summary>
internal sealed class StepRunner(TimeSpan lockTimeout, TimeProvider time, ILogger log)
{
    /// <summary>The first wait between two tries; the next ones are twice as long each.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Ten times a wait for the lock: at the worst, every tenth of the others' time is lost.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>How often it is said that it still waits.</summary>
    private static readonly TimeSpan SaidAgainAfter = TimeSpan.FromMinutes(1);

    /// <summary>Longer than any transaction should last, and any vacuum of a table of some size.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    /// <summary>Runs a step to its end.</summary>
    /// <exception cref="NpgsqlException">It could not be run.</exception>
    public async Task RunAsync(NpgsqlConnection connection, MigrationStep step, CancellationToken cancellationToken)
    {
        if (!step.IsTransaction)
        {
            log.StepBegins(step.Target.Shown, step.Script);
        }

        var (start, said, pause) = (time.GetTimestamp(), (long?)null, FirstPause);
        while (await TryAsync(connection, step, cancellationToken) is { } error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!IsBusy(error) || time.GetElapsedTime(start) > Patience)
            {
                ExceptionDispatchInfo.Throw(error);
            }

            if (said is null || time.GetElapsedTime(said.Value) > SaidAgainAfter)
            {
                log.WaitsForLock(step.Target.Shown, step.Script, await LockHolders.ReadAsync(connection, step.Target.Target, cancellationToken));
                said = time.GetTimestamp();
            }

            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }

        var took = (long)time.GetElapsedTime(start).TotalMilliseconds;
        log.StepDone(step.Target.Shown, step.Script, step.Does, took);
    }

    private async Task<Exception?> TryAsync(NpgsqlConnection connection, MigrationStep step, CancellationToken cancellationToken)
    {
        var session = new StepConnection(connection, step.IsTransaction ? StepSql.Begin(lockTimeout) : null, cancellationToken);
        var configuration = new UpgradeConfiguration { ConnectionManager = session, Journal = new StepJournal(step), VariablesEnabled = false };
        configuration.AddLog(new StepLog(log));
        configuration.ScriptExecutor = new StepExecutor(session, configuration.Log, configuration.Journal);
        configuration.ScriptProviders.Add(new StaticScriptProvider([new SqlScript(step.Script, step.Sql)]));
        var engine = new UpgradeEngine(configuration);

        // DbUp works in one thread from start to end.
        var work = Task.Run(engine.PerformUpgrade, CancellationToken.None);
        try
        {
            await work.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await EndAsync(work, session);
        }

        var result = await work;
        return result.Successful ? null : result.Error;
    }

    /// <summary>DbUp knows no token: its statement is ended at the server. It may be between two of them at the first try.</summary>
    private async Task EndAsync(Task work, StepConnection session)
    {
        while (!work.IsCompleted)
        {
            session.Cancel();
            await Task.WhenAny(work, Task.Delay(FirstPause, time, CancellationToken.None));
        }
    }

    private static bool IsBusy(Exception error)
        => error is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected };
}

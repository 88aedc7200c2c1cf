using System.Runtime.ExceptionServices;
using DbUp;
using DbUp.Engine;
using DbUp.Helpers;
using DbUp.Postgresql;
using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>
/// Has DbUp run a step, again and again until it gets its lock. Each wait for the lock is short, since all who come after wait behind it;
/// the time between two is longer, so that those get on.
/// </summary>
internal sealed class StepRunner(MigrationSession session, TimeSpan lockTimeout, TimeProvider time, ILogger log)
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
    public async Task RunAsync(MigrationStep step, CancellationToken cancellationToken)
    {
        if (!step.Script.IsTransaction)
        {
            log.StepBegins(step.Target.Shown, step.Script.Name);
        }

        var (start, said, pause) = (time.GetTimestamp(), (long?)null, FirstPause);
        while (await TryAsync(step, cancellationToken) is { } busy)
        {
            if (time.GetElapsedTime(start) > Patience)
            {
                ExceptionDispatchInfo.Throw(busy);
            }

            if (said is null || time.GetElapsedTime(said.Value) > SaidAgainAfter)
            {
                log.WaitsForLock(step.Target.Shown, step.Script.Name, await HoldersAsync(step, cancellationToken));
                said = time.GetTimestamp();
            }

            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }

        var took = (long)time.GetElapsedTime(start).TotalMilliseconds;
        log.StepDone(step.Target.Shown, step.Script.Name, step.Does, took);
    }

    /// <returns>Why another try is due: others have the lock; null: it is done.</returns>
    private async Task<PostgresException?> TryAsync(MigrationStep step, CancellationToken cancellationToken)
    {
        var result = await session.RunAsync(Engine(step).PerformUpgrade, cancellationToken);
        if (
            result.Error
            is null
                or PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected }
        )
        {
            return (PostgresException?)result.Error;
        }

        ExceptionDispatchInfo.Throw(result.Error);
        return null;
    }

    /// <summary>
    /// The journal is part of the script, for a dry run prints it too, and the variables have their values already. An index may take
    /// hours: no statement has a timeout.
    /// </summary>
    private UpgradeEngine Engine(MigrationStep step)
    {
        var sql = step.Script.IsTransaction ? $"{StepSql.Begin(lockTimeout)}\n{step.Sql}" : step.Sql;
        var engine = DeployChanges
            .To.PostgresqlDatabase(new PostgresqlConnectionManager(session.Source))
            .WithScript(step.Script.Name, sql)
            .WithVariablesDisabled()
            .WithExecutionTimeout(TimeSpan.Zero)
            .JournalTo(new NullJournal())
            .LogToNowhere();
        return (step.Script.IsTransaction ? engine.WithTransactionPerScript() : engine.WithoutTransaction()).Build();
    }

    private async Task<string> HoldersAsync(MigrationStep step, CancellationToken cancellationToken)
    {
        await using var connection = await session.Source.OpenConnectionAsync(cancellationToken);
        return await LockHolders.ReadAsync(connection, step.Target.Target, cancellationToken);
    }
}

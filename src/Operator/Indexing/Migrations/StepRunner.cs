using System.Runtime.ExceptionServices;
using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>
/// Runs a step, again and again until it gets its lock. Each wait for the lock is short, since all who come after wait behind it;
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
        if (!step.Script.IsTransaction)
        {
            log.StepBegins(step.Target.Shown, step.Script.Name);
        }

        var (start, said, pause) = (time.GetTimestamp(), (long?)null, FirstPause);
        while (await TryAsync(connection, step, cancellationToken) is { } busy)
        {
            if (time.GetElapsedTime(start) > Patience)
            {
                ExceptionDispatchInfo.Throw(busy);
            }

            if (said is null || time.GetElapsedTime(said.Value) > SaidAgainAfter)
            {
                var holders = await LockHolders.ReadAsync(connection, step.Target.Target, cancellationToken);
                log.WaitsForLock(step.Target.Shown, step.Script.Name, holders);
                said = time.GetTimestamp();
            }

            await Task.Delay(pause, time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }

        var took = (long)time.GetElapsedTime(start).TotalMilliseconds;
        log.StepDone(step.Target.Shown, step.Script.Name, step.Does, took);
    }

    /// <returns>Why another try is due: others have the lock; null: it is done.</returns>
    private async Task<PostgresException?> TryAsync(NpgsqlConnection connection, MigrationStep step, CancellationToken cancellationToken)
    {
        try
        {
            await using var transaction = step.Script.IsTransaction ? await connection.BeginTransactionAsync(cancellationToken) : null;
            if (transaction is not null)
            {
                await ExecuteAsync(connection, StepSql.Begin(lockTimeout), cancellationToken);
            }

            foreach (var statement in step.Statements)
            {
                await ExecuteAsync(connection, statement, cancellationToken);
            }

            await (transaction?.CommitAsync(cancellationToken) ?? Task.CompletedTask);
            return null;
        }
        catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            return busy;
        }
    }

    /// <summary>Without a timeout of its own: an index may take hours. The token ends it, at the server too.</summary>
    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>
/// Lets one migrate at a time work in a database. It asks for the lock again and again: whoever waits in <c>pg_advisory_lock</c> holds a
/// snapshot, and CREATE INDEX CONCURRENTLY of the one at work waits for all snapshots that are older than it.
/// </summary>
internal sealed class MigrationLock(TimeProvider time, ILogger log)
{
    /// <summary>"CodeRepo" in ASCII: any number that nobody else takes.</summary>
    public const long Key = 0x43_6f_64_65_52_65_70_6f;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Takes the lock; it ends with the session.</summary>
    public async Task TakeAsync(MigrationSession session, CancellationToken cancellationToken)
    {
        await using var connection = await session.Source.OpenConnectionAsync(cancellationToken);
        for (var isSaid = false; !await TryAsync(connection, cancellationToken); isSaid = true)
        {
            if (!isSaid)
            {
                log.WaitsForAnother();
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private static async Task<bool> TryAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", connection)
        {
            Parameters = { new() { Value = Key } },
        };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}

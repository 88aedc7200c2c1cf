using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Looping;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Queueing;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CodeRepoOperator.Indexing.Declaring;

/// <summary>
/// Listens to the notifications of rows that change, in a session of its own, while this process is the one that keeps CodeRepos. Where no
/// session is to be had, or the connection breaks, the poll finds what changed.
/// </summary>
internal sealed class RowListener(
    IndexingDatabase database,
    RowNotices notices,
    LeaseHolder lease,
    IOptions<IndexingOptions> options,
    TimeProvider time,
    ILogger<RowListener> log
) : SupervisedLoop
{
    /// <summary>How often a quiet connection is tried: one that broke without a word is silent for ever.</summary>
    private static readonly TimeSpan TryInterval = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    /// <summary>There is one connection, and so one thing that may fail.</summary>
    private const string Connection = "connection";

    private readonly Backoff _backoff = new(Random.Shared);
    private readonly LoggedFailures<string> _logged = new();

    /// <inheritdoc />
    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.HasDatabase || options.Value.DeclaringTarget is not { } target)
        {
            return;
        }

        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            var lost = await lease.WhenHeldAsync(stoppingToken);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lost);
            try
            {
                await ListenAsync(target, () => failures = 0, over.Token);
                return;
            }
            catch (OperationCanceledException) when (over.IsCancellationRequested)
            {
                // A stop, or another process keeps CodeRepos now.
            }
            catch (Exception error) when (error is SetupException || DatabaseErrors.IsOne(error))
            {
                failures++;
                var why = error is SetupException ? error.Message.TrimEnd('.') : DatabaseErrors.Describe(error).TrimEnd('.');
                if (_logged.IsNew(Connection, why))
                {
                    log.NotHeard(why, options.Value.Declare.PollInterval);
                }

                await Task.Delay(_backoff.After(failures, LongestWait), time, over.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Listens until the connection breaks.</summary>
    /// <param name="target">The table.</param>
    /// <param name="heard">Called when it listens.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>When there is no way to listen, and there will be none.</returns>
    private async Task ListenAsync(IndexingTarget target, Action heard, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        if (await Poolers.LendsAsync(connection, database, cancellationToken))
        {
            log.PollsOnly(options.Value.Declare.PollInterval);
            return;
        }

        var prefix = RowChannel.Prefix(target);
        connection.Notification += (_, notice) => Take(notice.Payload, prefix);
        await RunAsync(connection, $"LISTEN {RowChannel.Name}", cancellationToken);
        heard();
        if (_logged.IsOver(Connection))
        {
            log.HeardAgain();
        }

        // What changed before it listened was told to nobody.
        notices.AddAll();
        while (true)
        {
            if (!await connection.WaitAsync(TryInterval, cancellationToken))
            {
                await RunAsync(connection, "SELECT 1", cancellationToken);
            }
        }
    }

    private void Take(string payload, string prefix)
    {
        if (!payload.StartsWith(prefix, StringComparison.Ordinal))
        {
            return;
        }

        if (payload.Length == prefix.Length)
        {
            notices.AddAll();
        }
        else
        {
            notices.AddRow(payload[prefix.Length..]);
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

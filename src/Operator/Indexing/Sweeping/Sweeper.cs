using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Tables;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>
/// Sweeps all targets once: one that fails keeps none of the others from being swept. Any number of processes may do so at once: a row is
/// reset by the one that has it locked.
/// </summary>
internal sealed class Sweeper(
    IndexingDatabase database,
    ICodeRepos codeRepos,
    IRowHolders holders,
    SweepReporter reporter,
    IOptions<IndexingOptions> options,
    TimeProvider time
)
{
    /// <summary>By the label of the target.</summary>
    private readonly Dictionary<string, TargetMemory> _memories = new(StringComparer.Ordinal);

    /// <summary>Sweeps all targets, and reports to CodeRepos what became of their rows.</summary>
    /// <param name="dryRun">
    /// Whether to change nothing, and find what would be reset; <see cref="IndexingOptions.DryRun"/> asks for that too.
    /// </param>
    /// <param name="limit">
    /// How long it goes around rows of one target that can't be changed, before it leaves the rest to the next sweep; null: to the end.
    /// </param>
    /// <param name="cancellationToken">Ends it between two batches.</param>
    public async Task<IReadOnlyList<SweepResult>> RunAsync(bool dryRun, TimeSpan? limit, CancellationToken cancellationToken)
    {
        var isDry = dryRun || options.Value.DryRun;
        var results = new List<SweepResult>();
        foreach (var target in options.Value.AllTargets)
        {
            var started = time.GetTimestamp();
            var result = await SweepAsync(target, isDry, new WorkLimit(time, limit), cancellationToken);
            reporter.Report(result, isDry, time.GetElapsedTime(started));
            results.Add(result);
        }

        // What would have been reset was not: nothing is reported to CodeRepos.
        await codeRepos.ReportAsync(isDry ? [.. results.Select(result => result with { Reset = [] })] : results, cancellationToken);
        return results;
    }

    private async Task<SweepResult> SweepAsync(IndexingTarget target, bool isDry, WorkLimit limit, CancellationToken cancellationToken)
    {
        var memory = MemoryOf(target);
        void Refused(string key, string why) => reporter.Refused(target, key, why);
        var sweep = new TableSweep(target, options.Value, codeRepos, memory, limit, Refused);
        try
        {
            await using var connection = await memory.Writable.WatchAsync(options.Value.ThresholdOf(target), () =>
                database.OpenAsync(cancellationToken)
            );
            await sweep.RunAsync(connection, holders, isDry, cancellationToken);
            return sweep.Ended();
        }
        catch (SetupException error)
        {
            return sweep.Failed(error.Message) with { IsSetUpWrong = true };
        }
        catch (Exception error) when (DatabaseErrors.IsOne(error))
        {
            var isOfServer = DatabaseErrors.IsOfServer(error);
            if (isOfServer)
            {
                database.ForgetConnections();
            }

            // A connection that broke while another can be had is nothing that the jobs have noticed.
            if (!isOfServer || IsCrash(error) || !await IsThereAsync(cancellationToken))
            {
                memory.Writable.Away();
            }

            return sweep.Failed(DatabaseErrors.Describe(error));
        }
    }

    /// <summary>The server ends all connections when one of its processes has crashed, and takes none until it has recovered.</summary>
    private static bool IsCrash(Exception error) => error is PostgresException { SqlState: PostgresErrorCodes.CrashShutdown };

    private async Task<bool> IsThereAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await database.OpenAsync(cancellationToken);
            return true;
        }
        catch (Exception error) when (error is SetupException || DatabaseErrors.IsOne(error))
        {
            return false;
        }
    }

    private TargetMemory MemoryOf(IndexingTarget target)
    {
        if (!_memories.TryGetValue(target.Label, out var memory))
        {
            _memories.Add(target.Label, memory = new TargetMemory(time));
        }

        return memory;
    }
}

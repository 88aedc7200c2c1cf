using System.Data;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Tables;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>
/// Sweeps one target, and tells of it. Rows are judged by the database's clock. Any number of processes may do so at once: a row is
/// reset by the one that has it locked.
/// </summary>
internal sealed class TargetSweeper(
    IndexingDatabase database,
    ICodeRepoRows codeRepos,
    SweepReporter report,
    IOptions<IndexingOptions> options,
    TimeProvider time)
{
    /// <summary>How often the columns may change under one sweep.</summary>
    private const int MaxProbes = 3;

    private readonly Dictionary<string, TargetMemory> _memories = new(StringComparer.Ordinal);

    /// <summary>Resets the stuck rows of a target.</summary>
    /// <param name="target">The target.</param>
    /// <param name="dryRun">Whether to change nothing, and find what would be reset.</param>
    /// <param name="cancellationToken">Ends it between two batches.</param>
    public async Task<TargetSweep> SweepAsync(IndexingTarget target, bool dryRun, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var tally = new SweepTally(options.Value.MaxResets);
        var sweep = await TrySweepAsync(target, dryRun, tally, cancellationToken);
        report.Tell(sweep, dryRun, tally.Stamped, time.GetElapsedTime(started));
        return sweep;
    }

    private async Task<TargetSweep> TrySweepAsync(IndexingTarget target, bool dryRun, SweepTally tally, CancellationToken cancellationToken)
    {
        try
        {
            await SweepTableAsync(target, dryRun, tally, cancellationToken);
            var refusals = MemoryOf(target).Refusals(SweepReporter.MaxKeysShown);
            var result = refusals is not null ? SweepResult.Failed : tally.Degradation is not null ? SweepResult.Degraded : SweepResult.Swept;
            return Ended(target, result, tally, refusals ?? tally.Degradation) with { HasRefusedRows = refusals is not null };
        }
        catch (SetupException error)
        {
            return Ended(target, SweepResult.Failed, tally, error.Message) with { IsSetUpWrong = true };
        }
        catch (Exception error) when (DatabaseErrors.IsOne(error))
        {
            if (DatabaseErrors.IsOfServer(error))
            {
                database.ForgetConnections();
            }

            return Ended(target, SweepResult.Failed, tally, DatabaseErrors.Describe(error));
        }
    }

    private async Task SweepTableAsync(IndexingTarget target, bool dryRun, SweepTally tally, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        var columns = await ProbeAsync(connection, target, cancellationToken);
        for (var probes = 1; ; probes++)
        {
            (tally.Degradation, tally.HasSeenColumns) = (ColumnCheck.Degradation(target, columns), true);
            try
            {
                await SweepColumnsAsync(connection, target, columns, dryRun, tally, cancellationToken);
                return;
            }
            catch (PostgresException error) when (connection.State == ConnectionState.Open && !DatabaseErrors.IsOfServer(error))
            {
                // Columns may have come or gone since they were looked at. The error can't tell that: the catalog can.
                var now = await ProbeAsync(connection, target, cancellationToken);
                if (probes == MaxProbes || now.IsSameAs(columns))
                {
                    throw await WithRemedyAsync(connection, target, error, cancellationToken);
                }

                columns = now;
            }
        }
    }

    private async Task SweepColumnsAsync(
        NpgsqlConnection connection, IndexingTarget target, TableColumns columns, bool dryRun, SweepTally tally, CancellationToken cancellationToken)
    {
        if (!ColumnCheck.CanTellAge(target, columns))
        {
            return;
        }

        var own = await codeRepos.ThresholdsAsync(connection, target, columns, cancellationToken);
        var memory = MemoryOf(target);
        var table = new IndexingTable(connection, options.Value);
        var changer = new RowChanger(table, options.Value.BatchSize, (key, why) => report.Refused(target, key, why));
        var sweep = new TableSweep(table, new SweepSql(target, columns, options.Value.MaxResets), changer, memory, tally);
        var threshold = target.Threshold ?? options.Value.Threshold;
        await (dryRun ? sweep.FindAsync(threshold, own, cancellationToken) : sweep.ResetAsync(threshold, own, cancellationToken));
    }

    /// <exception cref="SetupException">The table can't be swept as it is.</exception>
    private static async Task<TableColumns> ProbeAsync(NpgsqlConnection connection, IndexingTarget target, CancellationToken cancellationToken)
    {
        var columns = await ColumnProbe.ReadAsync(connection, target, cancellationToken);
        return ColumnCheck.Error(target, columns) is { } mistake ? throw new SetupException(mistake) : columns!;
    }

    private static async Task<Exception> WithRemedyAsync(
        NpgsqlConnection connection, IndexingTarget target, PostgresException error, CancellationToken cancellationToken)
        => error.SqlState == PostgresErrorCodes.InsufficientPrivilege
            && await MissingRights.ReadAsync(connection, target, cancellationToken) is { } remedy
            ? new SetupException(remedy, error)
            : error;

    private static TargetSweep Ended(IndexingTarget target, SweepResult result, SweepTally tally, string? why) => new(target, result, tally.Reset, why)
    {
        SkippedLocked = tally.SkippedLocked,
        Left = tally.Left,
        OldestAge = tally.OldestAge,
        IsDegraded = tally.HasSeenColumns ? tally.Degradation is not null : null,
        Degradation = tally.Degradation,
    };

    private TargetMemory MemoryOf(IndexingTarget target)
    {
        if (!_memories.TryGetValue(target.Label, out var memory))
        {
            _memories.Add(target.Label, memory = new TargetMemory());
        }

        return memory;
    }
}

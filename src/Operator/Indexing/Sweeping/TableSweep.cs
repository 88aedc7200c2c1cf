using System.Data;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>
/// The sweep of one table: its steps, and what has come of them so far, which holds when a later one fails. Rows are judged by the
/// database's clock.
/// </summary>
/// <param name="target">The target.</param>
/// <param name="options">Its thresholds and limits.</param>
/// <param name="codeRepos">Those who may ask for a threshold of their own.</param>
/// <param name="memory">What earlier sweeps of the target found.</param>
/// <param name="limit">How long it is busy with rows that can't be changed.</param>
/// <param name="refusal">Takes the key of a row that can't be changed, and why.</param>
internal sealed class TableSweep(
    IndexingTarget target,
    IndexingOptions options,
    ICodeRepos codeRepos,
    TargetMemory memory,
    WorkLimit limit,
    Action<string, string> refusal
)
{
    /// <summary>How often the columns may change under one sweep.</summary>
    private const int MaxProbes = 3;

    /// <summary>In characters: a holder that is longer is nobody who is looked after.</summary>
    private const int LongestHolder = 400;

    private readonly List<SweptRow> _reset = [];
    private readonly List<SweptRow> _stamped = [];
    private TableColumns? _columns;
    private TimeSpan? _oldestAge;
    private long _skippedLocked;
    private long? _left;
    private TimeSpan? _grace;
    private string? _unpruned;

    private TimeSpan Threshold => options.ThresholdOf(target);

    private string? Degradation => _columns is null ? null : ColumnCheck.Degradation(target, _columns);

    /// <summary>Of a table that lacks other columns too, that is reported.</summary>
    private string? Undelayed =>
        _columns is null || Degradation is not null || options.RetryDelay == TimeSpan.Zero ? null : ColumnCheck.Undelayed(target, _columns);

    /// <summary>Resets what is stuck.</summary>
    /// <param name="connection">An open connection to the primary.</param>
    /// <param name="holders">Those who may be gone without a word.</param>
    /// <param name="isDry">Whether to change nothing, and find what would be reset.</param>
    /// <param name="cancellationToken">Ends it between two batches.</param>
    /// <exception cref="SetupException">The table can't be swept as it is.</exception>
    /// <exception cref="NpgsqlException">It could not be done, or not to its end.</exception>
    public async Task RunAsync(NpgsqlConnection connection, IRowHolders holders, bool isDry, CancellationToken cancellationToken)
    {
        var columns = await ProbeAsync(connection, cancellationToken);
        for (var probes = 1; ; probes++)
        {
            _columns = columns;
            try
            {
                await SweepAsync(connection, columns, holders, isDry, cancellationToken);
                return;
            }
            catch (PostgresException error) when (connection.State == ConnectionState.Open && !DatabaseErrors.IsOfServer(error))
            {
                // Columns may have come or gone since they were looked at. The error can't say that: the catalog can.
                columns = await ProbeAsync(connection, cancellationToken);
                if (probes == MaxProbes || columns.IsSameAs(_columns))
                {
                    throw await WithRemedyAsync(connection, error, cancellationToken);
                }
            }
        }
    }

    /// <summary>What has come of it, when it has come to its end.</summary>
    public SweepResult Ended()
    {
        string[] refusals = [.. memory.Refused.Select(rows => rows.Describe(SweepReporter.MaxKeysShown)).OfType<string>()];
        return refusals.Length > 0
            ? Failed(string.Join(" ", refusals)) with
            {
                HasRefusedRows = true,
            }
            : Result(Degradation is null ? SweepOutcome.Swept : SweepOutcome.Degraded, Degradation);
    }

    /// <summary>What has come of it, when it has failed.</summary>
    public SweepResult Failed(string why) => Result(SweepOutcome.Failed, why);

    private SweepResult Result(SweepOutcome outcome, string? why) =>
        new(target, outcome, _reset, why)
        {
            Stamped = _stamped.Count,
            SkippedLocked = _skippedLocked,
            Left = _left,
            OldestAge = _oldestAge,
            IsDegraded = _columns is null ? null : Degradation is not null,
            Degradation = Degradation,
            Grace = _grace,
            Undelayed = Undelayed,
            Unpruned = _unpruned,
        };

    private async Task<TableColumns> ProbeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var columns = await ColumnProbe.ReadAsync(connection, target, cancellationToken);
        return ColumnCheck.Error(target, columns) is { } why ? throw new SetupException(why) : columns!;
    }

    private async Task<Exception> WithRemedyAsync(
        NpgsqlConnection connection,
        PostgresException error,
        CancellationToken cancellationToken
    ) =>
        error.SqlState == PostgresErrorCodes.InsufficientPrivilege
        && await MissingRights.ReadAsync(connection, target, cancellationToken) is { } remedy
            ? new SetupException(remedy, error)
            : error;

    private async Task SweepAsync(
        NpgsqlConnection connection,
        TableColumns columns,
        IRowHolders holders,
        bool isDry,
        CancellationToken cancellationToken
    )
    {
        foreach (var refused in memory.Refused)
        {
            refused.Begin();
        }

        if (!ColumnCheck.CanTellAge(target, columns))
        {
            return;
        }

        var own = await codeRepos.ThresholdsAsync(connection, target, columns, cancellationToken);
        var (table, sql) = (new IndexingTable(connection, options), new SweepSql(target, columns, options));
        var look = await memory.Writable.WatchAsync(Threshold, () => table.LookAsync(sql, cancellationToken));
        _oldestAge = look.OldestAge;
        if (look.HasRowSecurity)
        {
            await ThrowIfHiddenAsync(connection, cancellationToken);
        }

        memory.Writable.There(look.ServerStarted);
        _grace = Grace(look);
        await FreeAsync(table, sql, holders, isDry, cancellationToken);
        await (isDry ? FindAsync(table, sql, own, cancellationToken) : ChangeAsync(table, sql, own, look, cancellationToken));
        _unpruned = isDry ? null : await AttemptPruner.PruneAsync(table, target, options, cancellationToken);
    }

    /// <summary>Resets the rows of holders that are gone.</summary>
    private async Task FreeAsync(IndexingTable table, SweepSql sql, IRowHolders holders, bool isDry, CancellationToken cancellationToken)
    {
        if (holders.Prefix is not { } prefix || !sql.KnowsHolders)
        {
            return;
        }

        var known = await table.TextsAsync(sql.Holders(prefix, LongestHolder), cancellationToken);
        if (await holders.GoneAsync(known, cancellationToken) is not { Count: > 0 } gone)
        {
            return;
        }

        var freed = new List<SweptRow>();
        if (isDry)
        {
            freed.AddRange(await table.RowsAsync(sql.FindLeft(gone, after: null, limit: null), cancellationToken));
        }
        else
        {
            var changer = new RowChanger(table, options.BatchSize, limit, refusal);
            await changer.ChangeAllAsync(new LeftChange(sql, gone, memory.NotFreed, freed), cancellationToken);
        }

        _reset.AddRange(freed.Select(row => row with { Cause = ResetCause.PodGone }));
    }

    private async Task ThrowIfHiddenAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await RowSecurity.ReadAsync(connection, target, cancellationToken) is { ShowsAllToChange: false } security)
        {
            throw new SetupException(
                $"Row level security of {target.Schema}.{target.Table} hides stuck rows from the role {security.Role}, or may do so. "
                    + security.Remedy
            );
        }
    }

    /// <returns>How long rows have yet that are silent for longer than the threshold; null: there are none, or they have no time.</returns>
    private TimeSpan? Grace(TableLook look)
    {
        var up = look.Now - look.ServerStarted;
        var counted = memory.Writable.Length is { } length && length < up ? length : up;
        return look.OldestAge > Threshold && counted <= Threshold ? Threshold - counted : null;
    }

    private async Task FindAsync(
        IndexingTable table,
        SweepSql sql,
        IReadOnlyDictionary<string, TimeSpan> own,
        CancellationToken cancellationToken
    )
    {
        if (memory.Writable.IsLongerThan(Threshold))
        {
            _reset.AddRange(await table.RowsAsync(sql.FindStuck(Threshold, [.. own.Keys], after: null, limit: null), cancellationToken));
        }

        _reset.AddRange(await OwnStuckAsync(table, sql, own, cancellationToken));
        _left = _reset.Count;
    }

    private async Task ChangeAsync(
        IndexingTable table,
        SweepSql sql,
        IReadOnlyDictionary<string, TimeSpan> own,
        TableLook look,
        CancellationToken cancellationToken
    )
    {
        var changer = new RowChanger(table, options.BatchSize, limit, refusal);
        await StampAsync(changer, sql, look, cancellationToken);
        if (look.OldestAge > own.Values.Append(Threshold).Min())
        {
            await ResetAsync(changer, table, sql, own, cancellationToken);
            await CountLeftAsync(table, sql, own, look.Now, cancellationToken);
            _oldestAge = (await table.LookAsync(sql, cancellationToken)).OldestAge;
        }
        else
        {
            _left = 0;
        }
    }

    private async Task StampAsync(RowChanger changer, SweepSql sql, TableLook look, CancellationToken cancellationToken)
    {
        if (look.HasUnstamped)
        {
            await changer.ChangeAllAsync(new StampChange(sql, future: false, memory.NotStamped, _stamped), cancellationToken);
        }

        if (look.HasFuture)
        {
            await changer.ChangeAllAsync(new StampChange(sql, future: true, memory.NotTurnedBack, _stamped), cancellationToken);
        }
    }

    private async Task ResetAsync(
        RowChanger changer,
        IndexingTable table,
        SweepSql sql,
        IReadOnlyDictionary<string, TimeSpan> own,
        CancellationToken cancellationToken
    )
    {
        var change = new ResetChange(sql, Threshold, own, memory.NotReset, _reset);
        if (memory.Writable.IsLongerThan(Threshold))
        {
            await changer.ChangeAllAsync(change, cancellationToken);
        }

        var ownStuck = await OwnStuckAsync(table, sql, own, cancellationToken);
        await changer.ChangeKeysAsync(change, ownStuck.Select(row => row.Key), cancellationToken);
    }

    /// <summary>What is stuck still, though it could be changed: others have it locked.</summary>
    private async Task CountLeftAsync(
        IndexingTable table,
        SweepSql sql,
        IReadOnlyDictionary<string, TimeSpan> own,
        DateTime at,
        CancellationToken cancellationToken
    )
    {
        var left = memory.Writable.IsLongerThan(Threshold)
            ? await table.CountAsync(sql.CountStuck(at, Threshold, [.. own.Keys]), cancellationToken)
            : 0;
        _left = left + (await OwnStuckAsync(table, sql, own, cancellationToken)).Count;

        // What a sweep has not come to is neither.
        _skippedLocked = memory.NotReset.IsPartial ? 0 : Math.Max(0, _left.Value - memory.NotReset.Count);
    }

    private async Task<IReadOnlyList<SweptRow>> OwnStuckAsync(
        IndexingTable table,
        SweepSql sql,
        IReadOnlyDictionary<string, TimeSpan> own,
        CancellationToken cancellationToken
    )
    {
        var known = own.Where(row => memory.Writable.IsLongerThan(row.Value)).ToList();
        return known.Count == 0 ? [] : await table.RowsAsync(sql.FindStuck(known), cancellationToken);
    }
}

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
/// <param name="notReset">The stuck rows that can't be reset, by this sweep and earlier ones.</param>
/// <param name="notStamped">The rows that need a stamp and can't be given one, by this sweep and earlier ones.</param>
/// <param name="refusal">Takes the key of a row that can't be changed, and why.</param>
internal sealed class TableSweep(
    IndexingTarget target,
    IndexingOptions options,
    ICodeRepos codeRepos,
    RefusedRows notReset,
    RefusedRows notStamped,
    Action<string, string> refusal
)
{
    /// <summary>How often the columns may change under one sweep.</summary>
    private const int MaxProbes = 3;

    private readonly List<SweptRow> _reset = [];
    private readonly List<SweptRow> _stamped = [];
    private TableColumns? _columns;
    private TimeSpan? _oldestAge;
    private long _skippedLocked;
    private long? _left;

    private TimeSpan Threshold => options.ThresholdOf(target);

    private string? Degradation => _columns is null ? null : ColumnCheck.Degradation(target, _columns);

    /// <summary>Resets what is stuck.</summary>
    /// <param name="connection">An open connection to the primary.</param>
    /// <param name="isDry">Whether to change nothing, and find what would be reset.</param>
    /// <param name="cancellationToken">Ends it between two batches.</param>
    /// <exception cref="SetupException">The table can't be swept as it is.</exception>
    /// <exception cref="NpgsqlException">It could not be done, or not to its end.</exception>
    public async Task RunAsync(NpgsqlConnection connection, bool isDry, CancellationToken cancellationToken)
    {
        var columns = await ProbeAsync(connection, cancellationToken);
        for (var probes = 1; ; probes++)
        {
            _columns = columns;
            try
            {
                await SweepAsync(connection, columns, isDry, cancellationToken);
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
        string[] refusals = [.. new[] { notReset, notStamped }.Select(rows => rows.Describe(SweepReporter.MaxKeysShown)).OfType<string>()];
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

    private async Task SweepAsync(NpgsqlConnection connection, TableColumns columns, bool isDry, CancellationToken cancellationToken)
    {
        if (!ColumnCheck.CanTellAge(target, columns))
        {
            return;
        }

        var own = await codeRepos.ThresholdsAsync(connection, target, columns, cancellationToken);
        var (table, sql) = (new IndexingTable(connection, options), new SweepSql(target, columns, options.MaxResets));
        await (isDry ? FindAsync(table, sql, own, cancellationToken) : ChangeAsync(table, sql, own, cancellationToken));
    }

    private async Task FindAsync(
        IndexingTable table,
        SweepSql sql,
        IReadOnlyDictionary<string, TimeSpan> own,
        CancellationToken cancellationToken
    )
    {
        _oldestAge = (await table.LookAsync(sql, cancellationToken)).OldestAge;
        var stuck = await table.RowsAsync(sql.FindStuck(Threshold, [.. own.Keys], limit: null), cancellationToken);
        var ownStuck = await OwnStuckAsync(table, sql, own, cancellationToken);
        _reset.AddRange([.. stuck, .. ownStuck]);
        _left = _reset.Count;
    }

    private async Task ChangeAsync(
        IndexingTable table,
        SweepSql sql,
        IReadOnlyDictionary<string, TimeSpan> own,
        CancellationToken cancellationToken
    )
    {
        var changer = new RowChanger(table, options.BatchSize, refusal);
        var look = await table.LookAsync(sql, cancellationToken);
        _oldestAge = look.OldestAge;
        await StampAsync(changer, sql, look, cancellationToken);
        if (look.OldestAge > own.Values.Append(Threshold).Min() || notReset.Keys.Count > 0)
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
        string[] refusedBefore = [.. notStamped.Keys];
        var change = new StampChange(sql, future: false, notStamped, _stamped);
        if (look.HasUnstamped)
        {
            await changer.ChangeAllAsync(change, cancellationToken);
        }

        if (look.HasFuture)
        {
            await changer.ChangeAllAsync(new StampChange(sql, future: true, notStamped, _stamped), cancellationToken);
        }

        await changer.RetryAsync(change, refusedBefore, cancellationToken);
    }

    private async Task ResetAsync(
        RowChanger changer,
        IndexingTable table,
        SweepSql sql,
        IReadOnlyDictionary<string, TimeSpan> own,
        CancellationToken cancellationToken
    )
    {
        string[] refusedBefore = [.. notReset.Keys];
        var change = new ResetChange(sql, Threshold, own, notReset, _reset);
        await changer.ChangeAllAsync(change, cancellationToken);
        var ownStuck = await OwnStuckAsync(table, sql, own, cancellationToken);
        await changer.ChangeKeysAsync(change, ownStuck.Select(row => row.Key).Except(refusedBefore), cancellationToken);
        await changer.RetryAsync(change, refusedBefore, cancellationToken);
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
        var left = await table.CountAsync(sql.CountStuck(at, Threshold, [.. own.Keys, .. notReset.Keys]), cancellationToken);
        var ownStuck = await OwnStuckAsync(table, sql, own, cancellationToken);
        _skippedLocked = left + ownStuck.Select(row => row.Key).Except(notReset.Keys).Count();
        _left = _skippedLocked + notReset.Keys.Count;
    }

    private static async Task<IReadOnlyList<SweptRow>> OwnStuckAsync(
        IndexingTable table,
        SweepSql sql,
        IReadOnlyDictionary<string, TimeSpan> own,
        CancellationToken cancellationToken
    ) => own.Count == 0 ? [] : await table.RowsAsync(sql.FindStuck(own), cancellationToken);
}

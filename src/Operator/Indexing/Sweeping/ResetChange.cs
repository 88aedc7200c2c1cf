using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>Resets stuck rows, the oldest first.</summary>
/// <param name="sql">The statements of the table.</param>
/// <param name="threshold">How long a row may be active without a sign of life.</param>
/// <param name="own">The thresholds of rows that have another, by their keys: these are reset by key only.</param>
/// <param name="refused">The rows that can't be reset.</param>
/// <param name="changed">Takes the rows that were reset.</param>
internal sealed class ResetChange(
    SweepSql sql,
    TimeSpan threshold,
    IReadOnlyDictionary<string, TimeSpan> own,
    RefusedRows refused,
    ICollection<SweptRow> changed
) : RowChange(refused, changed)
{
    private readonly string[] _own = [.. own.Keys];

    /// <inheritdoc />
    public override NpgsqlBatchCommand Batch(int limit) => sql.ResetStuck(threshold, _own, limit);

    /// <inheritdoc />
    public override NpgsqlBatchCommand Find(RowPosition? after, int limit) => sql.FindStuck(threshold, _own, after, limit);

    /// <inheritdoc />
    public override NpgsqlBatchCommand ByKey(IReadOnlyList<string> keys) =>
        sql.ResetStuck([.. keys.Select(key => KeyValuePair.Create(key, own.GetValueOrDefault(key, threshold)))]);
}

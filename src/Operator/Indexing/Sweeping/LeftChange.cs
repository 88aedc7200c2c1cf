using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>Resets the rows of holders that are gone, whatever their last sign of life.</summary>
/// <param name="sql">The statements of the table.</param>
/// <param name="holders">The holders.</param>
/// <param name="refused">The rows that can't be reset.</param>
/// <param name="changed">Takes the rows that were reset.</param>
internal sealed class LeftChange(SweepSql sql, IReadOnlyCollection<string> holders, RefusedRows refused, ICollection<SweptRow> changed)
    : RowChange(refused, changed)
{
    /// <inheritdoc />
    public override NpgsqlBatchCommand Batch(int limit) => sql.ResetLeft(holders, keys: null, limit);

    /// <inheritdoc />
    public override NpgsqlBatchCommand Find(RowPosition? after, int limit) => sql.FindLeft(holders, after, limit);

    /// <inheritdoc />
    public override NpgsqlBatchCommand ByKey(IReadOnlyList<string> keys) => sql.ResetLeft(holders, keys, keys.Count);
}

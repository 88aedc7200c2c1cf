using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>Gives active rows a stamp of now that have none, or one that is yet to come.</summary>
/// <param name="sql">The statements of the table.</param>
/// <param name="future">Whether it looks for stamps that are yet to come; else for rows without one. By their keys it takes both.</param>
/// <param name="refused">The rows that can't be given one.</param>
/// <param name="changed">Takes the rows that were given one.</param>
internal sealed class StampChange(SweepSql sql, bool future, RefusedRows refused, ICollection<SweptRow> changed)
    : RowChange(refused, changed)
{
    /// <inheritdoc />
    public override NpgsqlBatchCommand Batch(int limit) => sql.Stamp(future, limit);

    /// <inheritdoc />
    public override NpgsqlBatchCommand Find(RowPosition? after, int limit) => sql.FindUnstamped(future, after, limit);

    /// <inheritdoc />
    public override NpgsqlBatchCommand ByKey(IReadOnlyList<string> keys) => sql.Stamp(keys);
}

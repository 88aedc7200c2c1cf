using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>A change that a sweep makes to all rows that need it: its statements, and what has come of it.</summary>
/// <param name="refused">The rows that can't be changed so.</param>
/// <param name="changed">Takes the rows that were changed.</param>
internal abstract class RowChange(RefusedRows refused, ICollection<SweptRow> changed)
{
    /// <summary>The rows that can't be changed so.</summary>
    public RefusedRows Refused => refused;

    /// <summary>Changes some of the rows that need it.</summary>
    /// <param name="limit">How many it changes at most.</param>
    public abstract NpgsqlBatchCommand Batch(int limit);

    /// <summary>Finds rows that need it, in the order of their positions.</summary>
    /// <param name="after">The position behind which they are; null: the first.</param>
    /// <param name="limit">How many it finds at most.</param>
    public abstract NpgsqlBatchCommand Find(RowPosition? after, int limit);

    /// <summary>Changes those of these rows that need it.</summary>
    public abstract NpgsqlBatchCommand ByKey(IReadOnlyList<string> keys);

    /// <summary>Notes that a row was changed.</summary>
    public void Add(SweptRow row)
    {
        refused.Remove(row.Key);
        changed.Add(row);
    }
}

using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>A change that a sweep makes to all rows that need it: its statements, and what has come of it.</summary>
/// <param name="refused">The rows that can't be changed so, by this sweep and earlier ones.</param>
/// <param name="changed">Takes the rows that were changed.</param>
internal abstract class RowChange(RefusedRows refused, ICollection<SweptRow> changed)
{
    /// <summary>The rows that can't be changed so, by this sweep and earlier ones.</summary>
    public RefusedRows Refused => refused;

    /// <summary>Changes some of the rows that need it.</summary>
    /// <param name="excluded">The keys of rows that are passed over.</param>
    /// <param name="limit">How many it changes at most.</param>
    public abstract NpgsqlBatchCommand Batch(IReadOnlyCollection<string> excluded, int limit);

    /// <summary>Finds the rows that <see cref="Batch"/> would change.</summary>
    /// <param name="excluded">The keys of rows that are passed over.</param>
    /// <param name="limit">How many it finds at most.</param>
    public abstract NpgsqlBatchCommand Find(IReadOnlyCollection<string> excluded, int limit);

    /// <summary>Changes those of these rows that need it.</summary>
    public abstract NpgsqlBatchCommand ByKey(IReadOnlyList<string> keys);

    /// <summary>Notes that a row was changed.</summary>
    public void Add(SweptRow row)
    {
        refused.Remove(row.Key);
        changed.Add(row);
    }
}

using Npgsql;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>A change that a sweep makes to all rows that need it.</summary>
/// <param name="Batch">Changes some of them: passes over these keys, and changes at most that many.</param>
/// <param name="Find">Finds those that <paramref name="Batch"/> would change.</param>
/// <param name="ByKey">Changes those of these rows that need it.</param>
/// <param name="Refused">The rows that can't be changed.</param>
/// <param name="Changed">Takes what was changed.</param>
internal sealed record RowChange(
    Func<IReadOnlyCollection<string>, int, NpgsqlBatchCommand> Batch,
    Func<IReadOnlyCollection<string>, int, NpgsqlBatchCommand> Find,
    Func<IReadOnlyList<string>, NpgsqlBatchCommand> ByKey,
    RefusedRows Refused,
    Action<FoundRow> Changed);

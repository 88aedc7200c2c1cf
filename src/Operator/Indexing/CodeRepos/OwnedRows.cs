using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>The rows of one target that belong to a CodeRepo.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Sharers">How many CodeRepos mean the row that most of them mean; 1: no other does.</param>
/// <param name="IsOfAnother">Whether <c>spec.indexing.id</c> names a row of another repository.</param>
/// <param name="IsNoKey">Whether <c>spec.indexing.id</c> can't be a key of the table.</param>
internal sealed record OwnedRows(IReadOnlyList<IndexingRow> Rows, int Sharers, bool IsOfAnother, bool IsNoKey)
{
    /// <summary>No row.</summary>
    public static OwnedRows None { get; } = new([], Sharers: 0, IsOfAnother: false, IsNoKey: false);

    /// <summary>
    /// The rows that would be its if it had a clone of their repository. Nothing of them is shown, and no threshold counts; what a sweep
    /// does to them is kept until the clone is there.
    /// </summary>
    public IReadOnlyList<IndexingRow> Withheld { get; init; } = [];
}

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>The parameters of a connection, as libpq names them.</summary>
/// <param name="Pairs">Names and values, in their order.</param>
/// <param name="Error">Why the text is none of its form; null: it is.</param>
internal sealed record LibpqParameters(IReadOnlyList<KeyValuePair<string, string>> Pairs, string? Error = null)
{
    /// <summary>None, and why.</summary>
    public static LibpqParameters Wrong(string error) => new([], error);
}

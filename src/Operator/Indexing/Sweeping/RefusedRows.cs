using CodeRepoOperator.Text;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>
/// The rows that can't be changed, such as by a constraint or a trigger of their table, from sweep to sweep: later sweeps go around
/// them, and try them alone.
/// </summary>
internal sealed class RefusedRows
{
    private readonly Dictionary<string, string> _why = new(StringComparer.Ordinal);

    /// <summary>Their keys.</summary>
    public IReadOnlyCollection<string> Keys => _why.Keys;

    /// <summary>Notes that a row can't be changed.</summary>
    /// <returns>Whether that is new.</returns>
    public bool Add(string key, string why)
    {
        var isNew = !_why.TryGetValue(key, out var reported) || reported != why;
        _why[key] = why;
        return isNew;
    }

    /// <summary>Notes that a row was changed, or need not be any more.</summary>
    public void Remove(string key) => _why.Remove(key);

    /// <summary>What to say of them; null: there are none.</summary>
    /// <param name="shown">How many are named at most.</param>
    public string? Describe(int shown)
    {
        var named = string.Join(
            " ",
            _why.Take(shown).Select(row => $"{ForeignText.Escaped(row.Key, ForeignText.LongestValue)}: {row.Value}")
        );
        return _why.Count == 0 ? null : $"{_why.Count} rows can't be changed. {named}{(_why.Count > shown ? " …" : "")}";
    }
}

using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>
/// The rows that can't be changed, such as by a constraint or a trigger of their table. How many there are is counted anew by each sweep,
/// which needs no memory of them to go around them. What is remembered from sweep to sweep is what was logged.
/// </summary>
internal sealed class RefusedRows
{
    /// <summary>In one message, and of one sweep in the log.</summary>
    private const int MaxShown = SweepReporter.MaxKeysShown;

    /// <summary>How many rows are remembered. One that is forgotten is logged once more.</summary>
    private const int MaxRemembered = 1_000;

    private readonly Dictionary<string, string> _logged = new(StringComparer.Ordinal);
    private readonly List<(string Key, string Why)> _first = [];

    /// <summary>How many there are, by this sweep.</summary>
    public long Count { get; private set; }

    /// <summary>Where this sweep stopped, because they took too long; the next continues there. Null: it came to the end.</summary>
    public RowPosition? StoppedAt { get; set; }

    /// <summary>Whether this sweep has not seen all rows: it stopped, or continued where another had stopped.</summary>
    public bool IsPartial { get; set; }

    /// <summary>Begins a sweep.</summary>
    public void Begin()
    {
        (Count, IsPartial) = (0, false);
        _first.Clear();
    }

    /// <summary>Notes that a row can't be changed.</summary>
    /// <returns>Whether that is to be logged.</returns>
    public bool Add(string key, string why)
    {
        Count++;
        if (_first.Count >= MaxShown)
        {
            return false;
        }

        _first.Add((key, why));
        if (_logged.TryGetValue(key, out var logged) && logged == why)
        {
            return false;
        }

        if (_logged.Count >= MaxRemembered)
        {
            _logged.Clear();
        }

        _logged[key] = why;
        return true;
    }

    /// <summary>Whether it is remembered that a row could not be changed.</summary>
    public bool Knows(string key) => _logged.ContainsKey(key);

    /// <summary>Notes that a row was changed.</summary>
    public void Remove(string key) => _logged.Remove(key);

    /// <summary>What to say of them; null: there are none.</summary>
    /// <param name="shown">How many are named at most.</param>
    public string? Describe(int shown)
    {
        var rest = StoppedAt is null ? "" : " There may be more: the next sweep continues where this one stopped.";
        return Count == 0 ? null : $"{Count} rows can't be changed. {RowText.Named(_first, Count, shown)}{rest}";
    }
}

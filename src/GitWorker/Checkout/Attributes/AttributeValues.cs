namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>
/// What is known of one path's attributes, line by line: what was said first stays. Of one thread, for one path after the other.
/// </summary>
internal sealed class AttributeValues(AttributeTable table)
{
    /// <summary>What the present path took so far, in the units of <see cref="AttributeBudget"/>.</summary>
    public long Work;

    private readonly AttributeValue[] _values = new AttributeValue[table.Count];
    private readonly List<int> _known = [];
    private readonly Stack<(AttributeSetting[] Settings, int Next)> _pending = [];
    private int _missing = AttributeTable.ContentAttributes;

    /// <summary>Lines that are about the path, for who looks them up.</summary>
    public List<int> Found { get; } = [];

    /// <summary>Whether nothing that matters is left to be said.</summary>
    public bool AreComplete => _missing == 0;

    public AttributeValue this[int attribute] => _values[attribute];

    /// <summary>Begins with another path.</summary>
    public void Clear()
    {
        foreach (var attribute in _known)
        {
            _values[attribute] = default;
        }

        _known.Clear();
        Work = 0;
        _missing = AttributeTable.ContentAttributes;
    }

    /// <summary>
    /// Sets what a line says, the last first: within a line, too, the last one counts. A macro that is set here stands for its own
    /// attributes, right behind itself.
    /// </summary>
    public void Set(AttributeSetting[] settings)
    {
        _pending.Push((settings, settings.Length - 1));
        while (_pending.TryPop(out var next))
        {
            for (var i = next.Next; i >= 0; i--)
            {
                Work++;
                var (attribute, value) = next.Settings[i];
                if (_values[attribute].State != AttributeState.Unknown)
                {
                    continue;
                }

                _values[attribute] = value;
                _known.Add(attribute);
                _missing -= attribute < AttributeTable.ContentAttributes ? 1 : 0;
                if (value.State == AttributeState.Set && table.MacroOf(attribute) is { } macro)
                {
                    _pending.Push((next.Settings, i - 1));
                    _pending.Push((macro, macro.Length - 1));
                    break;
                }
            }
        }
    }
}

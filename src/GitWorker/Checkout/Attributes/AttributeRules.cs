namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>
/// The lines of one <c>.gitattributes</c> that a checkout has to know. Names, ends of names and paths without wildcards are looked up;
/// only what else there is, is compared pattern by pattern. Immutable once it is read.
/// </summary>
internal sealed class AttributeRules
{
    private readonly List<AttributeSetting[]> _settings = [];
    private readonly Dictionary<byte[], List<int>> _names = new(BytesComparer.Instance);
    private readonly Dictionary<byte[], List<int>> _ends = new(BytesComparer.Instance);
    private readonly Dictionary<byte[], List<int>> _paths = new(BytesComparer.Instance);
    private readonly List<(int Rule, Glob Glob, bool OfPath)> _globs = [];
    private readonly SortedSet<int> _endLengths = [];

    /// <param name="text">Its content.</param>
    /// <param name="table">The attributes that matter.</param>
    /// <param name="atRoot">Whether it is the one at the root.</param>
    public AttributeRules(ReadOnlySpan<byte> text, AttributeTable table, bool atRoot)
    {
        var lines = new AttributeText(text, atRoot);
        while (lines.MoveNext())
        {
            var line = lines.Current;
            if (line.Macro is null && table.Known(line.Attributes) is { Length: > 0 } settings && TryAdd(line.Pattern))
            {
                _settings.Add(settings);
                Converts |= Array.Exists(settings, table.Converts);
            }
        }
    }

    /// <summary>How many lines there are.</summary>
    public int Count => _settings.Count;

    /// <summary>Whether one of them can have the content of a file changed.</summary>
    public bool Converts { get; }

    /// <summary>Sets what the lines that match say, from the last to the first.</summary>
    /// <param name="path">From the directory that holds the file.</param>
    /// <param name="name">The last part of it.</param>
    /// <param name="values">What is known of the path so far.</param>
    public void Fill(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, AttributeValues values)
    {
        var found = Find(path, name, values);
        for (var i = _globs.Count - 1; i >= 0 && !values.AreComplete; i--)
        {
            var (rule, glob, ofPath) = _globs[i];
            ApplyDownTo(rule, found, values);
            if (!values.AreComplete && glob.Matches(ofPath ? path : name, ref values.Work))
            {
                values.Set(_settings[rule]);
            }
        }

        ApplyDownTo(-1, found, values);
    }

    private void ApplyDownTo(int rule, List<int> found, AttributeValues values)
    {
        while (!values.AreComplete && found.Count > 0 && found[^1] > rule)
        {
            values.Set(_settings[found[^1]]);
            found.RemoveAt(found.Count - 1);
        }
    }

    /// <summary>The lines that match and have no wildcard but one at the beginning, in their order.</summary>
    private List<int> Find(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, AttributeValues values)
    {
        var found = values.Found;
        found.Clear();
        Add(_names, name, found);
        Add(_paths, path, found);
        foreach (var length in _endLengths)
        {
            if (length > name.Length)
            {
                break;
            }

            Add(_ends, name[^length..], found);
        }

        values.Work += 1 + (2L * _endLengths.Count) + found.Count;
        found.Sort();
        return found;
    }

    private static void Add(Dictionary<byte[], List<int>> rules, ReadOnlySpan<byte> key, List<int> found)
    {
        if (rules.Count > 0 && rules.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var some))
        {
            found.AddRange(some);
        }
    }

    private bool TryAdd(ReadOnlySpan<byte> pattern)
    {
        // What is about directories only is about no file; and attributes are not handed down.
        if (pattern is [] or [.., (byte)'/'])
        {
            return false;
        }

        var ofPath = pattern.Contains((byte)'/');
        if (Glob.Read(pattern[0] == '/' ? pattern[1..] : pattern, ofPath) is not { } glob)
        {
            return false;
        }

        var rule = _settings.Count;
        if (glob.Literal is { } literal)
        {
            Add(ofPath ? _paths : _names, literal, rule);
        }
        else if (!ofPath && glob.LiteralEnd is { } end)
        {
            Add(_ends, end, rule);
            _endLengths.Add(end.Length);
        }
        else
        {
            _globs.Add((rule, glob, ofPath));
        }

        return true;
    }

    private static void Add(Dictionary<byte[], List<int>> rules, byte[] key, int rule) =>
        (rules.TryGetValue(key, out var some) ? some : rules[key] = []).Add(rule);
}

namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>
/// The attributes that a checkout has to know, by number: those that change content, and the macros of the root's
/// <c>.gitattributes</c>, since a path may get the former by them.
/// </summary>
internal sealed class AttributeTable
{
    /// <summary>How many there are that change content; macros come behind.</summary>
    public const int ContentAttributes = 6;

    public const int Text = 0;
    public const int Crlf = 1;
    public const int Eol = 2;
    public const int Ident = 3;
    public const int WorkingTreeEncoding = 4;
    public const int Filter = 5;

    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal)
    {
        ["text"] = Text,
        ["crlf"] = Crlf,
        ["eol"] = Eol,
        ["ident"] = Ident,
        ["working-tree-encoding"] = WorkingTreeEncoding,
        ["filter"] = Filter,
    };

    private readonly AttributeSetting[]?[] _macros;
    private readonly HashSet<int> _convertingMacros = [];

    /// <param name="root">The <c>.gitattributes</c> at the root; empty: there is none.</param>
    public AttributeTable(ReadOnlySpan<byte> root)
    {
        var macros = new Dictionary<string, IReadOnlyList<NamedAttribute>>(StringComparer.Ordinal)
        {
            // git's only built-in one, less what a checkout need not know.
            ["binary"] = [new NamedAttribute("text", new AttributeValue(AttributeState.Unset))],
        };
        var lines = new AttributeText(root, atRoot: true);
        while (lines.MoveNext())
        {
            if (lines.Current.Macro is { } name)
            {
                macros[name] = lines.Current.Attributes;
            }
        }

        foreach (var name in macros.Keys)
        {
            _numbers.TryAdd(name, _numbers.Count);
        }

        _macros = new AttributeSetting[_numbers.Count][];
        foreach (var (name, attributes) in macros)
        {
            _macros[_numbers[name]] = Known(attributes);
        }

        FindConvertingMacros();
    }

    /// <summary>How many attributes there are.</summary>
    public int Count => _numbers.Count;

    /// <summary>What an attribute stands for when it is set; null: for nothing but itself.</summary>
    public AttributeSetting[]? MacroOf(int attribute) => _macros[attribute];

    /// <summary>Those of a line that a checkout has to know.</summary>
    public AttributeSetting[] Known(IReadOnlyList<NamedAttribute> attributes)
    {
        List<AttributeSetting>? known = null;
        foreach (var (name, value) in attributes)
        {
            if (_numbers.TryGetValue(name, out var number))
            {
                (known ??= []).Add(new AttributeSetting(number, value));
            }
        }

        return known is null ? [] : [.. known];
    }

    /// <summary>
    /// Whether it can have the content of a file changed, by itself or by what it stands for; most lines only say what shall not be.
    /// </summary>
    public bool Converts(AttributeSetting setting) =>
        ConvertsByItself(setting) || (setting.Value.State == AttributeState.Set && _convertingMacros.Contains(setting.Attribute));

    private static bool ConvertsByItself(AttributeSetting setting) =>
        setting.Attribute switch
        {
            Eol => setting.Value.Is("crlf"),
            Ident => setting.Value.State == AttributeState.Set,
            WorkingTreeEncoding => setting.Value.State is AttributeState.Set or AttributeState.Value,
            Filter => setting.Value.Is(FileConversion.Lfs),
            _ => false,
        };

    /// <summary>From those that do by themselves to those that stand for them; macros may go round in circles.</summary>
    private void FindConvertingMacros()
    {
        var users = new Dictionary<int, List<int>>();
        var pending = new Stack<int>();
        for (var macro = 0; macro < _macros.Length; macro++)
        {
            foreach (var setting in _macros[macro] ?? [])
            {
                if (ConvertsByItself(setting))
                {
                    pending.Push(macro);
                }
                else if (setting.Value.State == AttributeState.Set)
                {
                    (users.TryGetValue(setting.Attribute, out var list) ? list : users[setting.Attribute] = []).Add(macro);
                }
            }
        }

        while (pending.TryPop(out var macro))
        {
            if (_convertingMacros.Add(macro))
            {
                users.GetValueOrDefault(macro)?.ForEach(pending.Push);
            }
        }
    }
}

using System.Reflection;
using Mono.Cecil;

namespace CodeRepoOperator.Layering;

/// <summary>
/// Which directories of the product use which, as its compiled code has it: a directory is a namespace, and using is naming a type of it in
/// a signature, an attribute or a method's body. Constants leave no trace: the compiler copies them.
/// </summary>
internal sealed class DirectoryGraph
{
    /// <summary>What all namespaces of the product begin with.</summary>
    public const string Product = "CodeRepoOperator";

    private readonly SortedSet<string> _directories = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(string From, string To), SortedSet<string>> _arrows = [];
    private readonly HashSet<(string Directory, string Library)> _libraries = [];

    private DirectoryGraph(IEnumerable<ModuleDefinition> modules)
    {
        foreach (var type in modules.SelectMany(module => module.Types).Where(type => IsOfProduct(type.Namespace)))
        {
            _directories.Add(type.Namespace);
            foreach (var used in new UsedTypes(type))
            {
                Note(type, used);
            }
        }
    }

    /// <summary>All directories, as namespaces.</summary>
    public IReadOnlyCollection<string> Directories => _directories;

    /// <summary>Reads assemblies.</summary>
    public static DirectoryGraph Of(params Assembly[] assemblies) =>
        new([.. assemblies.Select(assembly => ModuleDefinition.ReadModule(assembly.Location))]);

    /// <summary>
    /// The directories that directories use, at one height: each directory is taken for what <paramref name="name"/> makes of it.
    /// </summary>
    /// <param name="name">The name of a directory at that height; null: it is left out.</param>
    public SortedDictionary<string, SortedSet<string>> At(Func<string, string?> name)
    {
        var found = Arrows(name, name);
        foreach (var directory in _directories.Select(name).OfType<string>())
        {
            found.TryAdd(directory, new SortedSet<string>(StringComparer.Ordinal));
        }

        return found;
    }

    /// <summary>Who uses what, with a name for each side.</summary>
    /// <param name="user">The name of a directory that uses; null: it is left out.</param>
    /// <param name="used">The name of a directory that is used; null: it is left out.</param>
    public SortedDictionary<string, SortedSet<string>> Arrows(Func<string, string?> user, Func<string, string?> used)
    {
        var found = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var (from, to) in _arrows.Keys)
        {
            if (user(from) is { } one && used(to) is { } other && one != other)
            {
                found.TryAdd(one, new SortedSet<string>(StringComparer.Ordinal));
                found[one].Add(other);
            }
        }

        return found;
    }

    /// <summary>The types that make one directory use another.</summary>
    /// <param name="name">As in <see cref="At"/>.</param>
    /// <param name="from">The one that uses.</param>
    /// <param name="to">The one that is used.</param>
    public IEnumerable<string> Reasons(Func<string, string?> name, string from, string to) =>
        _arrows.Where(arrow => name(arrow.Key.From) == from && name(arrow.Key.To) == to).SelectMany(arrow => arrow.Value);

    /// <summary>The directories that use an assembly.</summary>
    /// <param name="library">The name of the assembly.</param>
    public IEnumerable<string> UsersOf(string library) =>
        _libraries.Where(use => use.Library == library).Select(use => use.Directory).Order(StringComparer.Ordinal);

    private static bool IsOfProduct(string name) => name == Product || name.StartsWith(Product + ".", StringComparison.Ordinal);

    private void Note(TypeDefinition user, TypeReference used)
    {
        if (!IsOfProduct(used.Namespace))
        {
            _libraries.Add((user.Namespace, used.Scope.Name));
        }
        else if (used.Namespace != user.Namespace)
        {
            if (!_arrows.TryGetValue((user.Namespace, used.Namespace), out var types))
            {
                _arrows[(user.Namespace, used.Namespace)] = types = new SortedSet<string>(StringComparer.Ordinal);
            }

            types.Add($"{user.Name} uses {used.Name}");
        }
    }
}

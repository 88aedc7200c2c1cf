using CodeRepoOperator.Entities;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>
/// What the <c>.gitattributes</c> files of a commit say, as far as a checkout has to know. No other file has a say, as in a new clone.
/// </summary>
internal sealed class TreeAttributes
{
    // Each takes some 200 bytes. The most that a repository is known to have are some thousands.
    private const int MaximumRules = 1_000_000;

    private readonly Dictionary<byte[], DirectoryAttributes?> _directories = new(BytesComparer.Instance);
    private readonly AttributeTable _table;

    private TreeAttributes(AttributeTable table) => _table = table;

    /// <summary>Whether any file's content may have to be changed; otherwise nothing has to be looked up.</summary>
    public bool Convert { get; private set; }

    /// <summary>
    /// Whether a path holds attributes. At a checkout git follows no symbolic link of this name, but reads where it leads to as if
    /// that were the lines.
    /// </summary>
    public static bool AreIn(uint mode, ReadOnlySpan<byte> path) =>
        mode != TreeFile.Submodule && path[(path.LastIndexOf((byte)'/') + 1)..].SequenceEqual(".gitattributes"u8);

    /// <summary>Reads those of a commit.</summary>
    /// <param name="reader">Has the files.</param>
    /// <param name="files">Those that hold attributes.</param>
    /// <exception cref="RemoteFailureException">There are too many lines.</exception>
    public static TreeAttributes Read(ObjectReader reader, IEnumerable<(byte[] Path, ObjectId Id)> files)
    {
        // The root comes first, and each directory before those below it.
        var pending = files.OrderBy(file => file.Path.Length).ToList();
        var rootFirst = pending.Count > 0 && DirectoryOf(pending[0].Path).IsEmpty;
        var attributes = new TreeAttributes(rootFirst ? ReadTable(reader, pending[0].Id) : new AttributeTable([]));
        var (known, count) = (new Dictionary<ObjectId, AttributeRules>(), 0);
        foreach (var (path, id) in pending)
        {
            var directory = DirectoryOf(path);

            // The same text means other things at the root.
            if (directory.IsEmpty || !known.TryGetValue(id, out var rules))
            {
                using var blob = reader.Read(id, ObjectKind.Blob);
                rules = new AttributeRules(blob.Data, attributes._table, atRoot: directory.IsEmpty);
                count += rules.Count;
                if (!directory.IsEmpty)
                {
                    known.Add(id, rules);
                }
            }

            if (count > MaximumRules)
            {
                throw new RemoteFailureException(
                    Reasons.Unsupported,
                    $"The .gitattributes files of the repository have more than {MaximumRules} lines about the content of files: "
                        + "remove most of them on the branch, or choose another branch by spec.branch."
                );
            }

            attributes.Add(directory, rules);
        }

        return attributes;
    }

    /// <summary>Those that hold for the files of a directory; null: none that could change content.</summary>
    /// <param name="directory">
    /// Its path, without a slash at its end. Directories above were asked for before, or cost a look-up each.
    /// </param>
    public DirectoryAttributes? Of(ReadOnlySpan<byte> directory)
    {
        if (!Convert)
        {
            return null;
        }

        var rest = directory;
        DirectoryAttributes? found;
        while (!_directories.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(rest, out found) && !rest.IsEmpty)
        {
            rest = DirectoryOf(rest);
        }

        _directories.TryAdd(directory.ToArray(), found);
        return found is { Convert: true } ? found : null;
    }

    /// <summary>Makes what looks up the attributes of files; one for each thread.</summary>
    public AttributeLookup NewLookup(AttributeBudget budget) => new(_table, budget);

    private void Add(ReadOnlySpan<byte> directory, AttributeRules rules)
    {
        Convert |= rules.Converts;
        if (rules.Count == 0)
        {
            return;
        }

        DirectoryAttributes? above = null;
        var rest = directory;
        while (above is null && !rest.IsEmpty)
        {
            rest = DirectoryOf(rest);
            above = _directories.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(rest, out var found) ? found : null;
        }

        _directories[directory.ToArray()] = new DirectoryAttributes(rules, directory.IsEmpty ? 0 : directory.Length + 1, above);
    }

    private static AttributeTable ReadTable(ObjectReader reader, ObjectId id)
    {
        using var blob = reader.Read(id, ObjectKind.Blob);
        return new AttributeTable(blob.Data);
    }

    private static ReadOnlySpan<byte> DirectoryOf(ReadOnlySpan<byte> path) => path[..Math.Max(path.LastIndexOf((byte)'/'), 0)];
}

using System.Text;
using CodeRepoOperator.Cloning.Remotes;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>All that a commit has, folder by folder, each before what is below it.</summary>
internal sealed class TreeListing
{
    private const uint TypeMask = 0xF000;
    private const uint RegularType = 0x8000;
    private const uint FolderType = 0x4000;
    private const uint ExecutableByOwner = 0x40;

    private readonly List<TreeFolder> _folders = [];
    private readonly ObjectReader _reader;
    private readonly int _maximum;
    private int _count;

    private TreeListing(ObjectReader reader, int maximum) => (_reader, _maximum) = (reader, maximum);

    /// <summary>Reads the trees of a commit.</summary>
    /// <param name="reader">Has them.</param>
    /// <param name="tree">The root.</param>
    /// <param name="maximum">How many files and folders there may be: a few small trees that name one another make up any number.</param>
    /// <exception cref="RemoteFailureException">There are more, or one has a name that can't be checked out.</exception>
    public static List<TreeFolder> Read(ObjectReader reader, ObjectId tree, int maximum)
    {
        var listing = new TreeListing(reader, maximum);
        listing.Add([], tree);
        return listing._folders;
    }

    private void Add(byte[] path, ObjectId tree)
    {
        var folder = new TreeFolder(path);
        _folders.Add(folder);
        using var read = _reader.Read(tree, ObjectKind.Tree);
        for (var rest = read.Data; !rest.IsEmpty;)
        {
            rest = Next(rest, out var mode, out var name, out var id);
            Count();
            var full = Combine(path, name);
            if ((mode & TypeMask) == FolderType)
            {
                Add(full, id);
            }
            else
            {
                folder.Files.Add(new TreeFile(full, full.Length - name.Length, Canonical(mode), id));
            }
        }
    }

    // An entry: mode in octal digits, a space, the name, NUL, the object's name.
    private static ReadOnlySpan<byte> Next(ReadOnlySpan<byte> data, out uint mode, out ReadOnlySpan<byte> name, out ObjectId id)
    {
        var space = data.IndexOf((byte)' ');
        var end = data.IndexOf((byte)0);
        if (space is < 1 or > 6 || end < space || data.Length <= end + ObjectId.Length)
        {
            throw Damaged();
        }

        mode = 0;
        foreach (var digit in data[..space])
        {
            mode = digit is >= (byte)'0' and <= (byte)'7' ? (mode * 8) + digit - '0' : throw Damaged();
        }

        name = data[(space + 1)..end];
        id = new ObjectId(data.Slice(end + 1, ObjectId.Length));
        return data[(end + 1 + ObjectId.Length)..];
    }

    private static byte[] Combine(byte[] folder, ReadOnlySpan<byte> name)
    {
        if (!PathRules.Allow(name))
        {
            throw Unsafe(folder, name, "");
        }

        if (folder.Length + 1 + name.Length > PathRules.MaximumLength)
        {
            throw Unsafe(folder, name, $", of more than {PathRules.MaximumLength} bytes");
        }

        return folder.Length == 0 ? name.ToArray() : [.. folder, (byte)'/', .. name];
    }

    // As git's canon_mode: what is neither file, link nor folder is a submodule.
    private static uint Canonical(uint mode) => (mode & TypeMask) switch
    {
        RegularType => (mode & ExecutableByOwner) != 0 ? TreeFile.Executable : TreeFile.Regular,
        TreeFile.SymbolicLink => TreeFile.SymbolicLink,
        _ => TreeFile.Submodule,
    };

    private void Count()
    {
        if (++_count > _maximum)
        {
            throw new RemoteFailureException(
                Reasons.TooLarge,
                $"The commit has more than {_maximum} files and folders: choose another branch, or have the administrator raise Git:MaxCloneFiles.");
        }
    }

    private static RemoteFailureException Unsafe(byte[] folder, ReadOnlySpan<byte> name, string more)
    {
        var path = Encoding.UTF8.GetString(folder.Length == 0 ? name : [.. folder, (byte)'/', .. name]);
        return new RemoteFailureException(
            Reasons.Unsupported,
            $"The repository holds a path that can't be checked out safely ({RemoteText.Escaped(path)}{more}): "
            + "remove or rename it on the branch, or choose another branch by spec.branch.");
    }

    private static RemoteFailureException Damaged() =>
        new(Reasons.TransferFailed, "The repository's objects are damaged: a tree can't be read. It is tried again.");
}

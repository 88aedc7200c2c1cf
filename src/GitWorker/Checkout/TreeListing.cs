using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.GitWorker.Limits;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Sparse;

namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>All that a commit has, directory by directory, each before what is below it.</summary>
internal sealed class TreeListing
{
    private const uint TypeMask = 0xF000;
    private const uint RegularType = 0x8000;
    private const uint DirectoryType = 0x4000;
    private const uint ExecutableByOwner = 0x40;

    private readonly List<TreeDirectory> _directories = [];
    private readonly Stack<(byte[] Path, ObjectId Tree)> _pending = [];
    private readonly ObjectReader _reader;
    private readonly TreeLimits _limits;
    private readonly SparseCone? _cone;
    private readonly bool _onlyPresent;
    private int _count;
    private long _pathBytes;

    private TreeListing(ObjectReader reader, TreeLimits limits, SparseCone? cone, bool onlyPresent) =>
        (_reader, _limits, _cone, _onlyPresent) = (reader, limits, cone, onlyPresent);

    /// <summary>Reads the trees of a commit.</summary>
    /// <param name="reader">Has them.</param>
    /// <param name="tree">The root.</param>
    /// <param name="limits">How much there may be: a few small trees that name one another make up any number.</param>
    /// <param name="cone">What of it a sparse clone has; null: all.</param>
    /// <exception cref="RemoteFailureException">There is more, or one has a name that can't be checked out.</exception>
    public static List<TreeDirectory> Read(ObjectReader reader, ObjectId tree, TreeLimits limits, SparseCone? cone = null)
    {
        var listing = new TreeListing(reader, limits, cone, onlyPresent: false);
        listing.ReadAll(tree);
        return listing._directories;
    }

    /// <summary>Reads of a commit what a sparse clone has, and no tree beyond it.</summary>
    /// <param name="reader">Has the trees.</param>
    /// <param name="tree">The root.</param>
    /// <param name="limits">How much there may be.</param>
    /// <param name="cone">What the clone has.</param>
    /// <exception cref="RemoteFailureException">There is more, or one has a name that can't be checked out.</exception>
    public static List<TreeDirectory> ReadPresent(ObjectReader reader, ObjectId tree, TreeLimits limits, SparseCone cone)
    {
        var listing = new TreeListing(reader, limits, cone, onlyPresent: true);
        listing.ReadAll(tree);
        return listing._directories;
    }

    /// <summary>One tree at a time: nested ones, each of megabytes, would all be held in memory otherwise.</summary>
    private void ReadAll(ObjectId root)
    {
        _pending.Push(([], root));
        while (_pending.TryPop(out var next))
        {
            Add(next.Path, next.Tree);
        }
    }

    private void Add(byte[] path, ObjectId tree)
    {
        var isSkipped = _cone?.HasFilesOf(path) == false;
        var directory = new TreeDirectory(path) { IsSkipped = isSkipped };
        _directories.Add(directory);
        using var read = _reader.Read(tree, ObjectKind.Tree);
        var rest = read.Data;
        while (!rest.IsEmpty)
        {
            rest = Next(rest, out var mode, out var name, out var id);
            var full = Combine(path, name);
            Count(full);
            if (id.IsNull)
            {
                throw Unsafe(path, name, ", which names the null object");
            }

            if ((mode & TypeMask) == DirectoryType)
            {
                if (!_onlyPresent || _cone!.HasFilesOf(full))
                {
                    _pending.Push((full, id));
                }

                continue;
            }

            var canonical = Canonical(mode);
            if (canonical == TreeFile.SymbolicLink && !PathRules.AllowLink(full))
            {
                throw Unsafe(path, name, ", a symbolic link");
            }

            directory.Files.Add(new TreeFile(full, full.Length - name.Length, canonical, id) { IsSkipped = isSkipped });
        }
    }

    // An entry: mode in octal digits, a space, the name, NUL, the object's name. Like git's get_mode, any number of digits is
    // read, and those that don't fit 32 bits fall off.
    private static ReadOnlySpan<byte> Next(ReadOnlySpan<byte> data, out uint mode, out ReadOnlySpan<byte> name, out ObjectId id)
    {
        var space = data.IndexOf((byte)' ');
        var end = data.IndexOf((byte)0);
        if (space < 1 || end < space || data.Length <= end + ObjectId.Length)
        {
            throw Damaged();
        }

        mode = 0;
        foreach (var digit in data[..space])
        {
            mode = digit is >= (byte)'0' and <= (byte)'7' ? unchecked((mode << 3) + digit - '0') : throw Damaged();
        }

        name = data[(space + 1)..end];
        id = new ObjectId(data.Slice(end + 1, ObjectId.Length));
        return data[(end + 1 + ObjectId.Length)..];
    }

    private static byte[] Combine(byte[] directory, ReadOnlySpan<byte> name)
    {
        if (!PathRules.Allow(name))
        {
            throw Unsafe(directory, name, "");
        }

        if (directory.Length + 1 + name.Length > PathRules.MaximumLength)
        {
            throw Unsafe(directory, name, $", of more than {PathRules.MaximumLength} bytes");
        }

        return directory.Length == 0 ? name.ToArray() : [.. directory, (byte)'/', .. name];
    }

    // As git's canon_mode: what is neither file, link nor directory is a submodule.
    private static uint Canonical(uint mode) =>
        (mode & TypeMask) switch
        {
            RegularType => (mode & ExecutableByOwner) != 0 ? TreeFile.Executable : TreeFile.Regular,
            TreeFile.SymbolicLink => TreeFile.SymbolicLink,
            _ => TreeFile.Submodule,
        };

    private void Count(byte[] path)
    {
        if (++_count > _limits.Files)
        {
            throw new RemoteFailureException(
                Reasons.TooLarge,
                $"The commit has more than {_limits.Files} files and directories: choose another branch, or have the administrator "
                    + "raise Git:MaxCloneFiles."
            );
        }

        _pathBytes += path.Length;
        if (_pathBytes > _limits.PathBytes)
        {
            throw new RemoteFailureException(
                Reasons.TooLarge,
                $"The paths of the commit's files and directories have more than {_limits.PathBytes} bytes together: choose another "
                    + "branch, "
                    + "or have the administrator raise Git:MaxCloneMemory."
            );
        }
    }

    private static RemoteFailureException Unsafe(byte[] directory, ReadOnlySpan<byte> name, string more)
    {
        var path = Encoding.UTF8.GetString(directory.Length == 0 ? name : [.. directory, (byte)'/', .. name]);
        return new RemoteFailureException(
            Reasons.Unsupported,
            $"The repository holds a path that can't be checked out safely ({RemoteText.Escaped(path)}{more}): "
                + "remove or rename it on the branch, or choose another branch by spec.branch."
        );
    }

    // It has the name that its bytes make, so this is what was committed, and another try gets the same.
    private static RemoteFailureException Damaged() =>
        new(
            Reasons.Unsupported,
            "The commit has a tree that git can't read either (a malformed entry): commit the directory anew, or choose another branch "
                + "by spec.branch."
        );
}

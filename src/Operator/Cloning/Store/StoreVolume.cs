using System.Text;
using CodeRepoOperator.Remotes.Files;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>
/// The volume, reached through a handle of its root: each path of <see cref="StoreLayout"/> is resolved beneath it and through no
/// symbolic link, so that nothing put on the volume leads what is published, moved or deleted out of it.
/// </summary>
internal sealed class StoreVolume(string root)
{
    /// <param name="path">The root or a path below it.</param>
    /// <returns>The directory; null: there is none, or a link is on the way.</returns>
    /// <exception cref="IOException">It can't be opened, which says nothing of what is there.</exception>
    public OpenDirectory? Find(string path)
    {
        var below = Below(path);
        var directory = OpenDirectory.OpenRoot(root);
        if (directory is null || below.Length == 0)
        {
            return directory;
        }

        using (directory)
        {
            return directory.Find(below);
        }
    }

    /// <summary>Opens a directory, and makes it and those above it where there are none.</summary>
    /// <exception cref="IOException">It can't be opened or made, or a link or a file is on the way.</exception>
    public OpenDirectory Make(string path)
    {
        if (Find(path) is { } found)
        {
            return found;
        }

        var directory = OpenDirectory.OpenRoot(root) ?? throw new DirectoryNotFoundException($"{root} does not exist");
        var below = Below(path).AsSpan();
        foreach (var range in below.Split((byte)'/'))
        {
            using var parent = directory;
            try
            {
                directory = parent.Make(below[range]);
            }
            catch (IOException error) when (error.HResult == NativeFile.NotADirectory)
            {
                var name = Encoding.UTF8.GetString(below[..range.End.GetOffset(below.Length)]);
                throw new IOException($"{Path.Combine(root, name)} is a link or a file, and no directory: remove it", error.HResult);
            }
        }

        return directory;
    }

    /// <summary>What is at a path; a link is not followed.</summary>
    /// <returns>What is there; null: nothing, or a link is on the way.</returns>
    /// <exception cref="IOException">It can't be looked at, which says nothing of what is there.</exception>
    public FileStatus? Look(string path)
    {
        using var parent = Find(ParentOf(path));
        return parent?.Look(NameOf(path));
    }

    /// <summary>Renames a directory, a file or a link to a name that is free. The directories above both must be there.</summary>
    /// <exception cref="IOException">It could not be renamed.</exception>
    public void Rename(string from, string to)
    {
        using var source = Parent(from);
        using var target = Parent(to);
        FileSystem.Rename(source, NameOf(from), target, NameOf(to));
    }

    /// <summary>Exchanges two directories in one step: whoever opens either name finds the one or the other, whole.</summary>
    /// <returns>Whether the file system can do that; nothing has changed if not.</returns>
    /// <exception cref="IOException">It can, but did not.</exception>
    public bool TryExchange(string one, string other)
    {
        using var first = Parent(one);
        using var second = Parent(other);
        return FileSystem.TryExchange(first, NameOf(one), second, NameOf(other));
    }

    /// <summary>Waits until the entries of the directory above a path are on disk. One that is gone has none.</summary>
    /// <exception cref="IOException">They are not.</exception>
    public void FlushParentOf(string path)
    {
        using var directory = Find(ParentOf(path));
        if (directory is not null)
        {
            FileSystem.Flush(directory);
        }
    }

    /// <summary>The name that a path ends with.</summary>
    public static byte[] NameOf(string path) => Encoding.UTF8.GetBytes(Path.GetFileName(path));

    private static string ParentOf(string path) => Path.GetDirectoryName(path)!;

    private OpenDirectory Parent(string path) =>
        Find(ParentOf(path))
        ?? throw new IOException(
            $"{ParentOf(path)} is no directory of the volume, or a link is on the way: remove it",
            NativeFile.NotADirectory
        );

    private byte[] Below(string path)
    {
        var below = Path.GetRelativePath(root, path);
        return below == "." ? [] : Encoding.UTF8.GetBytes(below);
    }
}

using System.Runtime.InteropServices;
using System.Text;

namespace CodeRepoOperator.Remotes.Files;

/// <summary>
/// Deletes and measures directories whose names need not be UTF-8, as git's are not: .NET can't reach such files at all. No symbolic link
/// is followed. However deep the directories are, it takes no stack for them, no path that is too long, and one descriptor at a time.
/// </summary>
internal static unsafe class DirectoryTree
{
    private const int RemoveDirectory = 0x200; // AT_REMOVEDIR

    /// <summary>Deletes a file, a link or a directory with all that is in it; nothing there is fine.</summary>
    /// <exception cref="IOException">Something could not be deleted.</exception>
    public static void Delete(string path) => Walk(path, delete: true);

    /// <summary>Deletes a file, a link or a directory with all that is in it; nothing there is fine.</summary>
    /// <param name="directory">The directory that it is in.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="IOException">Something could not be deleted.</exception>
    public static void Delete(OpenDirectory directory, ReadOnlySpan<byte> name) => Walk(directory, name.ToArray(), delete: true);

    /// <summary>Deletes all that is in a directory.</summary>
    /// <exception cref="IOException">Something could not be deleted.</exception>
    public static void Empty(string path)
    {
        using var directory = OpenDirectory.Open(path) ?? throw new DirectoryNotFoundException($"{path} is no directory");
        directory.Names().ForEach(name => Walk(directory, name, delete: true));
    }

    /// <summary>How many bytes on disk deleting would free: files that have another name elsewhere don't count.</summary>
    /// <exception cref="IOException">It could not be looked at.</exception>
    public static long SizeOf(string path) => Walk(path, delete: false);

    /// <summary>How many bytes on disk deleting would free: files that have another name elsewhere don't count.</summary>
    /// <param name="directory">The directory that it is in.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="IOException">It could not be looked at.</exception>
    public static long SizeOf(OpenDirectory directory, ReadOnlySpan<byte> name) => Walk(directory, name.ToArray(), delete: false);

    private static long Walk(string path, bool delete)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        using var parent = OpenDirectory.OpenRoot(Path.GetDirectoryName(path) ?? path);
        return parent is null ? 0 : Walk(parent, Encoding.UTF8.GetBytes(Path.GetFileName(path)), delete);
    }

    private static long Walk(OpenDirectory directory, byte[] name, bool delete)
    {
        var size = 0L;
        var above = new Stack<Level>();
        var level = new Level(directory, [name]);
        try
        {
            while (true)
            {
                if (level.Names.Count == 0)
                {
                    if (!above.TryPop(out var parent))
                    {
                        return size;
                    }

                    level = Rise(level, parent, directory);
                    Remove(level, RemoveDirectory, delete);
                    continue;
                }

                if (level.Directory.Look(level.Names[^1]) is not { } found)
                {
                    level.Names.RemoveAt(level.Names.Count - 1);
                }
                else if (!found.IsDirectory)
                {
                    size += found.Links == 1 ? found.SizeOnDisk : 0;
                    Remove(level, 0, delete);
                }
                else
                {
                    size += found.SizeOnDisk;
                    var inner = Descend(level);
                    above.Push(level);
                    Close(level, directory);
                    level = inner;
                }
            }
        }
        finally
        {
            Close(level, directory);
        }
    }

    private static Level Descend(Level level)
    {
        var name = level.Names[^1];
        var inner = level.Directory.Find(name)
            ?? throw new IOException($"{Encoding.UTF8.GetString(name)} changed while it was looked through");
        try
        {
            // Names first: what is deleted while a directory is read may hide others.
            return new Level(inner, inner.Names());
        }
        catch (IOException)
        {
            inner.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Goes back to the directory above, which must be the one that it came from: a directory that was moved meanwhile leads elsewhere.
    /// </summary>
    private static Level Rise(Level level, Level parent, OpenDirectory first)
    {
        if (ReferenceEquals(parent.Directory, first))
        {
            Close(level, first);
            return parent;
        }

        var directory = level.Directory.OpenParent();
        if (Identity(directory) != parent.Identity)
        {
            directory.Dispose();
            throw new IOException("A directory was moved while it was looked through");
        }

        Close(level, first);
        return parent with { Directory = directory };
    }

    private static void Remove(Level level, int flags, bool delete)
    {
        var name = level.Names[^1];
        fixed (byte* path = (byte[])[.. name, 0])
        {
            if (delete && Libc.unlinkat(level.Directory.Handle, path, flags) != 0 && Marshal.GetLastPInvokeError() != NativeFile.NotFound)
            {
                throw NativeFile.LastError($"delete {Encoding.UTF8.GetString(name)}");
            }
        }

        level.Names.RemoveAt(level.Names.Count - 1);
    }

    private static void Close(Level level, OpenDirectory first)
    {
        if (!ReferenceEquals(level.Directory, first))
        {
            level.Directory.Dispose();
        }
    }

    private static (ulong Inode, uint Major, uint Minor) Identity(OpenDirectory directory) =>
        FileStatus.TryRead(directory.Handle, out var status)
            ? (status.Inode, status.DeviceMajor, status.DeviceMinor)
            : throw NativeFile.LastError("look at a directory");

    /// <summary>A directory on the way.</summary>
    /// <param name="Directory">It; closed while it is not the innermost.</param>
    /// <param name="Names">What is left to be done in it; the last is next.</param>
    private sealed record Level(OpenDirectory Directory, List<byte[]> Names)
    {
        public (ulong Inode, uint Major, uint Minor) Identity { get; } = DirectoryTree.Identity(Directory);
    }
}

using System.Runtime.InteropServices;
using System.Text;

namespace CodeRepoOperator.Cloning.Remotes.Files;

/// <summary>
/// Deletes and measures folders whose names need not be UTF-8, as git's are not: .NET can't reach such files at all. No symbolic link is
/// followed.
/// </summary>
internal static unsafe partial class FolderTree
{
    private const int RemoveFolder = 0x200; // AT_REMOVEDIR
    private const int NotThere = 2; // ENOENT
    private const int NameInEntry = 19; // In struct dirent of 64-bit Linux.

    /// <summary>Deletes a file, a link or a folder with all that is in it; nothing there is fine.</summary>
    /// <exception cref="IOException">Something could not be deleted.</exception>
    public static void Delete(string path) => Walk(FileStatus.CurrentFolder, Bytes(path), delete: true);

    /// <summary>Deletes all that is in a folder.</summary>
    /// <exception cref="IOException">Something could not be deleted.</exception>
    public static void Empty(string path) => WalkInside(FileStatus.CurrentFolder, Bytes(path), delete: true);

    /// <summary>How many bytes on disk deleting would free: files that have another name elsewhere don't count.</summary>
    /// <exception cref="IOException">It could not be looked at.</exception>
    public static long SizeOf(string path) => Walk(FileStatus.CurrentFolder, Bytes(path), delete: false);

    private static long Walk(int folder, byte[] name, bool delete)
    {
        if (!FileStatus.TryRead(folder, name, out var found))
        {
            return Marshal.GetLastPInvokeError() == NotThere ? 0 : throw Failed("look at", name);
        }

        var size = (found.IsFolder ? WalkInside(folder, name, delete) : 0) + (found.IsFolder || found.Links == 1 ? found.SizeOnDisk : 0);
        fixed (byte* path = name)
        {
            return !delete || unlinkat(folder, path, found.IsFolder ? RemoveFolder : 0) == 0 || Marshal.GetLastPInvokeError() == NotThere
                ? size
                : throw Failed("delete", name);
        }
    }

    private static long WalkInside(int folder, byte[] name, bool delete)
    {
        int descriptor;
        fixed (byte* path = name)
        {
            descriptor = openat(folder, path, NativeFile.OnlyFolder | NativeFile.FollowNoLink | NativeFile.CloseOnExec, 0);
        }

        if (descriptor < 0)
        {
            throw Failed("open", name);
        }

        // From here on the stream owns the descriptor.
        var stream = fdopendir(descriptor);
        if (stream == 0)
        {
            _ = close(descriptor);
            throw Failed("open", name);
        }

        try
        {
            // Names first: what is deleted while a folder is read may hide others.
            return Names(stream).Sum(inner => Walk(descriptor, inner, delete));
        }
        finally
        {
            _ = closedir(stream);
        }
    }

    private static List<byte[]> Names(nint stream)
    {
        var names = new List<byte[]>();
        for (var entry = readdir(stream); entry != null; entry = readdir(stream))
        {
            var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + NameInEntry);
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
            {
                names.Add([.. name, 0]);
            }
        }

        return names;
    }

    private static byte[] Bytes(string path) => [.. Encoding.UTF8.GetBytes(path), 0];

    private static IOException Failed(string what, byte[] name) => NativeFile.LastError($"{what} {Encoding.UTF8.GetString(name.AsSpan()[..^1])}");

    [LibraryImport("libc", SetLastError = true)]
    private static partial int openat(int folder, byte* path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint fdopendir(int descriptor);

    [LibraryImport("libc")]
    private static partial byte* readdir(nint stream);

    [LibraryImport("libc")]
    private static partial int closedir(nint stream);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unlinkat(int folder, byte* path, int flags);
}

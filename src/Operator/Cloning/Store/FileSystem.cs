using System.Runtime.InteropServices;
using System.Text;
using CodeRepoOperator.Remotes.Files;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>What the protocol needs of Linux and .NET does not offer.</summary>
internal static class FileSystem
{
    private const uint RenameExchange = 2;
    private const int LockAlone = 2 | 4; // LOCK_EX | LOCK_NB
    private const int Writable = 2; // W_OK

    /// <summary>Renames a directory to a name that is free, on the same file system.</summary>
    /// <exception cref="IOException">It could not be renamed.</exception>
    public static void Rename(string from, string to)
    {
        if (Libc.rename(from, to) != 0)
        {
            throw NativeFile.LastError($"rename {from} to {to}");
        }
    }

    /// <summary>Exchanges two directories in one step: whoever opens either name finds the one or the other, whole.</summary>
    /// <returns>Whether the file system can do that; nothing has changed if not.</returns>
    /// <exception cref="IOException">It can, but did not.</exception>
    public static bool TryExchange(string one, string other)
    {
        if (Libc.renameat2(FileStatus.CurrentDirectory, one, FileStatus.CurrentDirectory, other, RenameExchange) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() is NativeFile.InvalidArgument or NativeFile.NotImplemented or NativeFile.NotSupported
            ? false
            : throw NativeFile.LastError($"exchange {one} and {other}");
    }

    /// <summary>
    /// Whether a path leads to a file that is open. It does not when the file was deleted, and when another volume was mounted
    /// over it.
    /// </summary>
    /// <exception cref="IOException">The path can't be looked at.</exception>
    public static bool IsAt(SafeFileHandle file, string path)
    {
        if (!FileStatus.TryRead(FileStatus.CurrentDirectory, [.. Encoding.UTF8.GetBytes(path), 0], out var there))
        {
            return NativeFile.IsAbsence(Marshal.GetLastPInvokeError()) ? false : throw NativeFile.LastError($"look at {path}");
        }

        return FileStatus.TryRead(file, out var open) ? there.IsSameFileAs(open) : throw NativeFile.LastError($"look at the open {path}");
    }

    /// <summary>Whether the file system of a path is mounted read-only, or was made so by the kernel after errors.</summary>
    public static bool IsReadOnly(string path) =>
        Libc.access(path, Writable) != 0 && Marshal.GetLastPInvokeError() == NativeFile.ReadOnlyFileSystem;

    /// <summary>Renames what is in a directory to a name that is free, on the same file system.</summary>
    /// <exception cref="IOException">It could not be renamed.</exception>
    public static void Rename(OpenDirectory fromDirectory, byte[] from, OpenDirectory toDirectory, byte[] to)
    {
        if (Libc.renameat(fromDirectory.Handle, [.. from, 0], toDirectory.Handle, [.. to, 0]) != 0)
        {
            throw NativeFile.LastError($"rename {Encoding.UTF8.GetString(from)} to {Encoding.UTF8.GetString(to)}");
        }
    }

    /// <inheritdoc cref="TryExchange(string, string)"/>
    public static bool TryExchange(OpenDirectory oneDirectory, byte[] one, OpenDirectory otherDirectory, byte[] other) =>
        Libc.renameat2(oneDirectory.Handle, [.. one, 0], otherDirectory.Handle, [.. other, 0], RenameExchange) == 0
        || (
            Marshal.GetLastPInvokeError() is NativeFile.InvalidArgument or NativeFile.NotImplemented or NativeFile.NotSupported
                ? false
                : throw NativeFile.LastError($"exchange {Encoding.UTF8.GetString(one)} and {Encoding.UTF8.GetString(other)}")
        );

    /// <summary>Locks a file for this process alone, until it is closed.</summary>
    /// <exception cref="IOException">Somebody else has the lock, or it can't be locked.</exception>
    public static void Lock(SafeFileHandle file)
    {
        if (Libc.flock(file, LockAlone) != 0)
        {
            throw NativeFile.LastError("lock the owner file");
        }
    }

    /// <summary>Waits until a directory's entries are on disk.</summary>
    /// <exception cref="IOException">They are not.</exception>
    public static void Flush(OpenDirectory directory)
    {
        if (Libc.fsync(directory.Handle) != 0)
        {
            throw NativeFile.LastError("fsync");
        }
    }

    /// <summary>Waits until everything on the file system of a directory is on disk.</summary>
    /// <exception cref="IOException">It is not.</exception>
    public static void FlushFileSystemOf(OpenDirectory directory)
    {
        if (Libc.syncfs(directory.Handle) != 0)
        {
            throw NativeFile.LastError("syncfs");
        }
    }
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.Remotes.Files;

/// <summary>
/// The calls of the C library about files that .NET has no API for, as <c>man 2</c> has them. Paths end with NUL. After one that failed,
/// the last P/Invoke error is its errno.
/// </summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    [LibraryImport(Library, SetLastError = true)]
    public static partial int openat(int directory, byte* path, int flags, uint mode);

    /// <summary><c>openat2</c>, which glibc has no function for.</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint openat2(nint number, nint directory, byte* path, OpenHow* how, nint size);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int statx(int directory, byte* path, int flags, uint mask, FileStatus* status);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint readlinkat(SafeFileHandle directory, byte* path, byte* target, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int mkdirat(SafeFileHandle directory, byte* path, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int symlinkat(byte* target, SafeFileHandle directory, byte* path);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int linkat(SafeFileHandle fromDirectory, byte* from, SafeFileHandle toDirectory, byte* to, int flags);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int link(string from, string to);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int unlinkat(SafeFileHandle directory, byte* path, int flags);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int rename(string from, string to);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int renameat(SafeFileHandle fromDirectory, byte[] from, SafeFileHandle toDirectory, byte[] to);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int renameat2(int fromDirectory, string from, int toDirectory, string to, uint flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int renameat2(SafeFileHandle fromDirectory, byte[] from, SafeFileHandle toDirectory, byte[] to, uint flags);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int access(string path, int mode);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int statvfs(byte* path, FileSystemStatus* status);

    /// <summary>Takes the descriptor over when it succeeds.</summary>
    [LibraryImport(Library, SetLastError = true)]
    public static partial nint fdopendir(int descriptor);

    [LibraryImport(Library, SetLastError = true)]
    public static partial byte* readdir(nint stream);

    [LibraryImport(Library)]
    public static partial int closedir(nint stream);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint write(int file, byte* data, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int close(int descriptor);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int flock(SafeFileHandle file, int operation);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fsync(SafeFileHandle directory);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int syncfs(SafeFileHandle directory);

    [LibraryImport(Library)]
    public static partial uint umask(uint mask);

    /// <summary><c>struct open_how</c> of <c>linux/openat2.h</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

    /// <summary><c>struct statvfs</c> of glibc and musl on 64-bit Linux; larger than either.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public readonly struct FileSystemStatus
    {
        [field: FieldOffset(8)]
        public ulong FragmentSize { get; }

        [field: FieldOffset(16)]
        public ulong Blocks { get; }

        [field: FieldOffset(24)]
        public ulong FreeBlocks { get; }

        [field: FieldOffset(32)]
        public ulong AvailableBlocks { get; }

        [field: FieldOffset(40)]
        public ulong Inodes { get; }

        [field: FieldOffset(48)]
        public ulong FreeInodes { get; }
    }
}

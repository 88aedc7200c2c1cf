using System.Runtime.InteropServices;
using CodeRepoOperator.Cloning.Remotes.Files;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.GitWorker.Checking;

/// <summary>Files whose paths are bytes, which .NET's own calls can't express. Links are never followed.</summary>
internal static unsafe partial class RawFile
{
    // Linux, on every architecture.
    private const int NotFound = 2;
    private const int NotAFolder = 20;

    // O_RDONLY | O_NONBLOCK | O_CLOEXEC: nothing that may have been put there makes us wait.
    private const int OpenFlags = 0x80800;

    /// <summary>Looks at a file.</summary>
    /// <returns>What it is; null: there is none.</returns>
    /// <exception cref="IOException">The volume refuses.</exception>
    public static FileStatus? Look(ReadOnlySpan<byte> path) =>
        FileStatus.TryRead(FileStatus.CurrentFolder, path, out var status) ? status
        : Marshal.GetLastPInvokeError() is NotFound or NotAFolder ? null
        : throw Failed();

    /// <summary>Opens a file to be read.</summary>
    /// <exception cref="IOException">The volume refuses.</exception>
    public static SafeFileHandle Open(ReadOnlySpan<byte> path)
    {
        fixed (byte* name = path)
        {
            var descriptor = open(name, OpenFlags);
            return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failed();
        }
    }

    /// <summary>Where a link leads.</summary>
    /// <exception cref="IOException">The volume refuses.</exception>
    public static byte[] ReadLink(ReadOnlySpan<byte> path, long size)
    {
        // One more than it should be: a longer one must not pass for it.
        var target = new byte[size + 1];
        fixed (byte* name = path, into = target)
        {
            var length = readlink(name, into, (nuint)target.Length);
            return length >= 0 ? target[..(int)length] : throw Failed();
        }
    }

    private static IOException Failed()
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException(Marshal.GetPInvokeErrorMessage(error), error);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int open(byte* path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint readlink(byte* path, byte* target, nuint size);
}

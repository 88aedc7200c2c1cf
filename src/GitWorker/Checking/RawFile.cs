using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.GitWorker.Checking;

/// <summary>A file whose path is bytes, which .NET's own calls can't express. Links are never followed.</summary>
/// <param name="Mode">Kind and permissions, as <c>stat</c> has them.</param>
/// <param name="Size">In bytes.</param>
internal sealed unsafe partial record RawFile(uint Mode, long Size)
{
    // Linux, on every architecture.
    private const int NotFound = 2;
    private const int NotAFolder = 20;
    private const int CurrentFolder = -100;
    private const int DontFollow = 0x100;
    private const uint BasicStats = 0x7FF;
    private const uint Kind = 0xF000;
    private const uint Regular = 0x8000;
    private const uint Link = 0xA000;
    private const uint OwnerExecutes = 0b_001_000_000;

    // O_RDONLY | O_NONBLOCK | O_CLOEXEC: nothing that may have been put there makes us wait.
    private const int OpenFlags = 0x80800;

    public bool IsRegular => (Mode & Kind) == Regular;

    public bool IsLink => (Mode & Kind) == Link;

    public bool IsExecutable => (Mode & OwnerExecutes) != 0;

    /// <summary>Looks at a file.</summary>
    /// <returns>What it is; null: there is none.</returns>
    /// <exception cref="IOException">The volume refuses.</exception>
    public static RawFile? Look(ReadOnlySpan<byte> path)
    {
        Status status;
        fixed (byte* name = path)
        {
            if (statx(CurrentFolder, name, DontFollow, BasicStats, &status) == 0)
            {
                return new RawFile(status.Mode, (long)status.Size);
            }
        }

        return Marshal.GetLastPInvokeError() is NotFound or NotAFolder ? null : throw Failed();
    }

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
    private static partial int statx(int folder, byte* path, int flags, uint mask, Status* status);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int open(byte* path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint readlink(byte* path, byte* target, nuint size);

    /// <summary><c>struct statx</c>, which is the same on every architecture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Status
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(40)]
        public ulong Size;
    }
}

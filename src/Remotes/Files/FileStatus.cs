using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.Remotes.Files;

/// <summary>
/// What the file system says of a file: <c>struct statx</c> of <c>linux/stat.h</c>, which has one layout on all architectures.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal readonly unsafe struct FileStatus
{
    /// <summary>In place of an open directory: paths are taken from the current one.</summary>
    public const int CurrentDirectory = -100; // AT_FDCWD

    private const int LinkItself = 0x100; // AT_SYMLINK_NOFOLLOW
    private const int DescriptorItself = 0x1000; // AT_EMPTY_PATH
    private const uint BasicStats = 0x7ff; // STATX_BASIC_STATS
    private const int BlockSize = 512;

    // The first and the last whole second of DateTime, from 1970: a file may have any time that somebody gives it.
    private const long EarliestSecond = -62_135_596_800;
    private const long LatestSecond = 253_402_300_799;
    private const ushort TypeMask = 0xF000; // S_IFMT
    private const ushort Regular = 0x8000;
    private const ushort Directory = 0x4000;
    private const ushort Link = 0xA000;
    private const ushort ExecutableByOwner = 0x40;

    /// <summary>How many names it has.</summary>
    [field: FieldOffset(16)]
    public uint Links { get; }

    [field: FieldOffset(20)]
    public uint User { get; }

    [field: FieldOffset(24)]
    public uint Group { get; }

    [field: FieldOffset(28)]
    public ushort Mode { get; }

    [field: FieldOffset(32)]
    public ulong Inode { get; }

    /// <summary>In bytes.</summary>
    [field: FieldOffset(40)]
    public ulong Size { get; }

    [field: FieldOffset(48)]
    public ulong Blocks { get; }

    [field: FieldOffset(96)]
    public long ChangedSeconds { get; }

    [field: FieldOffset(104)]
    public uint ChangedNanoseconds { get; }

    [field: FieldOffset(112)]
    public long ModifiedSeconds { get; }

    [field: FieldOffset(120)]
    public uint ModifiedNanoseconds { get; }

    [field: FieldOffset(136)]
    public uint DeviceMajor { get; }

    [field: FieldOffset(140)]
    public uint DeviceMinor { get; }

    /// <summary>
    /// When its content was last written, by the file system's clock, as .NET has it: in units of 100 ns. It only distinguishes one
    /// content from another.
    /// </summary>
    public DateTime ModifiedAt =>
        ModifiedSeconds is >= EarliestSecond and <= LatestSecond
            ? DateTime.UnixEpoch.AddTicks((ModifiedSeconds * TimeSpan.TicksPerSecond) + (ModifiedNanoseconds / TimeSpan.NanosecondsPerTick))
            : default;

    public bool IsRegular => (Mode & TypeMask) == Regular;

    public bool IsDirectory => (Mode & TypeMask) == Directory;

    public bool IsLink => (Mode & TypeMask) == Link;

    public bool IsExecutable => (Mode & ExecutableByOwner) != 0;

    /// <summary>In bytes.</summary>
    public long SizeOnDisk => (long)Blocks * BlockSize;

    /// <summary>Looks at what a path leads to; a link at its end is not followed.</summary>
    /// <param name="directory">The descriptor of the directory that a relative path starts from.</param>
    /// <param name="path">Ends with NUL.</param>
    /// <param name="status">What is there.</param>
    /// <returns>Whether it could be looked at; else the last P/Invoke error says why.</returns>
    public static bool TryRead(int directory, ReadOnlySpan<byte> path, out FileStatus status)
    {
        fixed (byte* name = path)
        fixed (FileStatus* found = &status)
        {
            return Libc.statx(directory, name, LinkItself, BasicStats, found) == 0;
        }
    }

    /// <summary>Looks at what is open.</summary>
    /// <returns>Whether it could be looked at; else the last P/Invoke error says why.</returns>
    public static bool TryRead(int descriptor, out FileStatus status)
    {
        var empty = (byte)0;
        fixed (FileStatus* found = &status)
        {
            return Libc.statx(descriptor, &empty, DescriptorItself, BasicStats, found) == 0;
        }
    }

    /// <inheritdoc cref="TryRead(int, out FileStatus)"/>
    public static bool TryRead(SafeFileHandle file, out FileStatus status) => TryRead((int)file.DangerousGetHandle(), out status);

    /// <summary>Whether it is the same file, not only the same content.</summary>
    public bool IsSameFileAs(FileStatus other) => (Inode, DeviceMajor, DeviceMinor) == (other.Inode, other.DeviceMajor, other.DeviceMinor);
}

using System.Runtime.InteropServices;
using CodeRepoOperator.Remotes.Files;

namespace CodeRepoOperator.GitWorker.Git;

/// <summary>What git's index keeps of a file's status; each cut to 32 bits, as there.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct IndexStat(
    uint ChangedSeconds,
    uint ChangedNanoseconds,
    uint ModifiedSeconds,
    uint ModifiedNanoseconds,
    uint Device,
    uint Inode,
    uint User,
    uint Group,
    uint Size)
{
    public static IndexStat Of(FileStatus status) => new(
        unchecked((uint)status.ChangedSeconds),
        status.ChangedNanoseconds,
        unchecked((uint)status.ModifiedSeconds),
        status.ModifiedNanoseconds,
        // makedev of glibc.
        ((status.DeviceMajor & 0xfff) << 8) | (status.DeviceMinor & 0xff) | ((status.DeviceMinor & 0xfff00) << 12),
        unchecked((uint)status.Inode),
        status.User,
        status.Group,
        unchecked((uint)status.Size));

    /// <summary>Whether it is the same file with the same content, as far as git can tell without reading it.</summary>
    public bool IsSameFileAs(IndexStat other) =>
        (ModifiedSeconds, ModifiedNanoseconds, Inode, Size) == (other.ModifiedSeconds, other.ModifiedNanoseconds, other.Inode, other.Size);
}

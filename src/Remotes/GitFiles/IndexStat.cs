using System.Buffers.Binary;
using System.Runtime.InteropServices;
using CodeRepoOperator.Remotes.Files;

namespace CodeRepoOperator.Remotes.GitFiles;

/// <summary>What git's index keeps of a file's status; each number cut to 32 bits, as there.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct IndexStat
{
    /// <summary>When the file's status changed last.</summary>
    public FileTime Changed { get; init; }

    /// <summary>When its content did.</summary>
    public FileTime Modified { get; init; }

    public uint Device { get; init; }

    public uint Inode { get; init; }

    public uint User { get; init; }

    public uint Group { get; init; }

    /// <summary>In bytes.</summary>
    public uint Size { get; init; }

    public static IndexStat Of(FileStatus status) =>
        new()
        {
            Changed = new FileTime(unchecked((uint)status.ChangedSeconds), status.ChangedNanoseconds),
            Modified = new FileTime(unchecked((uint)status.ModifiedSeconds), status.ModifiedNanoseconds),

            // makedev of glibc.
            Device = ((status.DeviceMajor & 0xfff) << 8) | (status.DeviceMinor & 0xff) | ((status.DeviceMinor & 0xfff00) << 12),
            Inode = unchecked((uint)status.Inode),
            User = status.User,
            Group = status.Group,
            Size = unchecked((uint)status.Size),
        };

    /// <summary>Reads it from an entry, in which the mode lies between inode and user.</summary>
    /// <param name="entry">An entry, from its beginning.</param>
    /// <param name="mode">Kind and permissions of the file.</param>
    public static IndexStat Read(ReadOnlySpan<byte> entry, out uint mode)
    {
        mode = Number(entry, 6);
        return new IndexStat
        {
            Changed = new FileTime(Number(entry, 0), Number(entry, 1)),
            Modified = new FileTime(Number(entry, 2), Number(entry, 3)),
            Device = Number(entry, 4),
            Inode = Number(entry, 5),
            User = Number(entry, 7),
            Group = Number(entry, 8),
            Size = Number(entry, 9),
        };
    }

    /// <summary>Writes it to the beginning of an entry.</summary>
    /// <param name="entry">An entry, from its beginning.</param>
    /// <param name="mode">Kind and permissions of the file.</param>
    public void Write(Span<byte> entry, uint mode)
    {
        ReadOnlySpan<uint> numbers =
        [
            Changed.Seconds,
            Changed.Nanoseconds,
            Modified.Seconds,
            Modified.Nanoseconds,
            Device,
            Inode,
            mode,
            User,
            Group,
            Size,
        ];
        for (var i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(entry[(i * sizeof(uint))..], numbers[i]);
        }
    }

    /// <summary>Whether it is the same file with the same content, as far as git knows without reading it.</summary>
    public bool IsSameFileAs(IndexStat other) => (Modified, Inode, Size) == (other.Modified, other.Inode, other.Size);

    private static uint Number(ReadOnlySpan<byte> entry, int at) => BinaryPrimitives.ReadUInt32BigEndian(entry[(at * sizeof(uint))..]);
}

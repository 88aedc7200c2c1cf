using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CodeRepoOperator.GitWorker.Packs;

/// <summary>Writes the index of a pack, in git's version 2.</summary>
internal static class PackIndexFile
{
    private const int BufferSize = 64 * 1024;

    /// <summary>How one of version 2 begins.</summary>
    public static ReadOnlySpan<byte> Header => [255, (byte)'t', (byte)'O', (byte)'c', 0, 0, 0, 2];

    // From there on an offset takes eight bytes, in a table of its own.
    public const long FirstLongOffset = 1L << 31;

    /// <param name="path">The file, which is not there yet or may be replaced.</param>
    /// <param name="entries">All objects of the pack, in any order.</param>
    /// <param name="checksum">Of the pack.</param>
    public static void Write(string path, List<PackEntry> entries, ReadOnlySpan<byte> checksum)
    {
        var all = CollectionsMarshal.AsSpan(entries);
        var order = Order(entries);
        File.Delete(path);
        using var file = new FileStream(path, PackFile.Options());
#pragma warning disable CA5350 // Git's own format; it shows damage, not forgery.
        using var sum = SHA1.Create();
#pragma warning restore CA5350
        using (var summed = new CryptoStream(file, sum, CryptoStreamMode.Write, leaveOpen: true))
        using (var buffered = new BufferedStream(summed, BufferSize))
        {
            buffered.Write(Header);
            WriteCounts(buffered, all);
            WriteTables(buffered, all, order);
            buffered.Write(checksum);
        }

        file.Write(sum.Hash);
    }

    private static int[] Order(List<PackEntry> entries)
    {
        var order = new int[entries.Count];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        Array.Sort(order, (one, other) => Compare(CollectionsMarshal.AsSpan(entries)[one], CollectionsMarshal.AsSpan(entries)[other]));
        return order;
    }

    private static int Compare(in PackEntry one, in PackEntry other) =>
        ((ReadOnlySpan<byte>)one.Id).SequenceCompareTo(other.Id) is var names and not 0 ? names : one.Offset.CompareTo(other.Offset);

    /// <summary>How many names start with a byte up to each.</summary>
    private static void WriteCounts(BufferedStream stream, ReadOnlySpan<PackEntry> entries)
    {
        var counts = new uint[256];
        foreach (ref readonly var entry in entries)
        {
            counts[entry.Id[0]]++;
        }

        var before = 0u;
        foreach (var count in counts)
        {
            before += count;
            Write(stream, before);
        }
    }

    private static void WriteTables(BufferedStream stream, ReadOnlySpan<PackEntry> entries, int[] order)
    {
        foreach (var i in order)
        {
            stream.Write(entries[i].Id);
        }

        foreach (var i in order)
        {
            Write(stream, entries[i].Crc);
        }

        var large = new List<long>();
        foreach (var i in order)
        {
            var offset = entries[i].Offset;
            Write(stream, offset < FirstLongOffset ? (uint)offset : (uint)(FirstLongOffset + large.Count));
            if (offset >= FirstLongOffset)
            {
                large.Add(offset);
            }
        }

        foreach (var offset in large)
        {
            Write(stream, (uint)(offset >> 32));
            Write(stream, (uint)offset);
        }
    }

    private static void Write(BufferedStream stream, uint number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        stream.Write(bytes);
    }
}

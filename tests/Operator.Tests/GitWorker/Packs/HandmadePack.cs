using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.GitWorker.Git;

namespace CodeRepoOperator.GitWorker.Packs;

/// <summary>A pack made by hand, in which each header may lie.</summary>
internal sealed class HandmadePack
{
    private readonly List<byte[]> _entries = [];

    /// <summary>The names of the objects that were added, deltas not.</summary>
    public List<ObjectId> Names { get; } = [];

    /// <summary>How many objects the header announces; null: as many as there are.</summary>
    public uint? Announced { get; init; }

    /// <summary>What comes after the checksum.</summary>
    public byte[] After { get; init; } = [];

    /// <summary>The name of a blob.</summary>
    public static ObjectId NameOf(byte[] content) => Name("blob", content);

    /// <summary>A delta that inserts all that it makes.</summary>
    public static byte[] Insertion(int against, byte[] content) =>
        [
            .. Number((ulong)against),
            .. Number((ulong)content.Length),
            .. content.Chunk(127).SelectMany(part => (byte[])[(byte)part.Length, .. part]),
        ];

    /// <summary>A delta that copies the whole base and puts something behind.</summary>
    public static byte[] Addition(int against, byte[] content) =>
        [
            .. Number((ulong)against),
            .. Number((ulong)(against + content.Length)),
            0x80 | 0x10 | 0x20,
            (byte)against,
            (byte)(against >> 8),
            (byte)content.Length,
            .. content,
        ];

    /// <summary>Adds an object; <paramref name="declared"/>: the size that its header says.</summary>
    public HandmadePack Whole(int type, byte[] content, ulong? declared = null)
    {
        Names.Add(
            Name(
                type switch
                {
                    1 => "commit",
                    2 => "tree",
                    _ => "blob",
                },
                content
            )
        );
        return Add(type, declared ?? (ulong)content.Length, [], content);
    }

    /// <summary>Adds a delta to an object of that name.</summary>
    public HandmadePack DeltaTo(ObjectId name, byte[] delta, ulong? declared = null) =>
        Add(EntryHeader.ReferenceDelta, declared ?? (ulong)delta.Length, ((ReadOnlySpan<byte>)name).ToArray(), delta);

    /// <summary>Adds a delta to what starts so many objects before.</summary>
    public HandmadePack DeltaBack(int objects, byte[] delta, ulong? declared = null) =>
        DeltaBackBytes(_entries.TakeLast(objects).Sum(entry => entry.Length), delta, declared);

    /// <summary>Adds a delta to what starts so many bytes before.</summary>
    public HandmadePack DeltaBackBytes(long back, byte[] delta, ulong? declared = null)
    {
        var bytes = new List<byte> { (byte)(back & 127) };
        for (back >>= 7; back > 0; back >>= 7)
        {
            back--;
            bytes.Insert(0, (byte)(128 | (back & 127)));
        }

        return Add(EntryHeader.OffsetDelta, declared ?? (ulong)delta.Length, [.. bytes], delta);
    }

    /// <summary>Adds bytes as they are.</summary>
    public HandmadePack Raw(byte[] bytes)
    {
        _entries.Add(bytes);
        return this;
    }

    /// <summary>The last object first.</summary>
    public HandmadePack Reversed()
    {
        _entries.Reverse();
        return this;
    }

#pragma warning disable CA5350 // Git's own format.
    public byte[] Bytes()
    {
        var head = new byte[12];
        "PACK"u8.CopyTo(head);
        head[7] = 2;
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(8), Announced ?? (uint)_entries.Count);
        byte[] all = [.. head, .. _entries.SelectMany(entry => entry)];
        return [.. all, .. SHA1.HashData(all), .. After];
    }

    private static ObjectId Name(string kind, byte[] content) =>
        new(SHA1.HashData([.. Encoding.ASCII.GetBytes($"{kind} {content.Length}\0"), .. content]));
#pragma warning restore CA5350

    private static List<byte> Number(ulong number)
    {
        var bytes = new List<byte> { (byte)(number & 127) };
        for (number >>= 7; number > 0; number >>= 7)
        {
            bytes[^1] |= 128;
            bytes.Add((byte)(number & 127));
        }

        return bytes;
    }

    private HandmadePack Add(int type, ulong declared, byte[] before, byte[] content)
    {
        using var memory = new MemoryStream();
        if (content.Length == 0)
        {
            // ZLibStream would write nothing.
            memory.Write([0x78, 0x01, 0x03, 0, 0, 0, 0, 1]);
        }

        using (var zlib = new ZLibStream(memory, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(content);
        }

        var header = EntryHeader.Of((ObjectKind)type, (nuint)declared);
        _entries.Add([.. header, .. before, .. memory.ToArray()]);
        return this;
    }
}

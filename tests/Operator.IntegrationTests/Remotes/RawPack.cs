using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace CodeRepoOperator.Remotes;

/// <summary>A pack made by hand, so that it can be wrong in one thing. Texts have one character for each byte.</summary>
internal sealed class RawPack
{
    private const int Version = 2;
    private const int ReferenceDelta = 7;

    private readonly List<byte[]> _objects = [];
    private int? _count;
    private bool _badChecksum;

    public RawPack Commit(string content) => Add(1, content, []);

    /// <summary>Adds a file's content.</summary>
    public RawPack Blob(string content) => Add(3, content, []);

    /// <summary>Adds a difference to an object that is nowhere.</summary>
    public RawPack DeltaOfNothing() => Add(ReferenceDelta, "\u0001\u0001\u0001a", new byte[20]);

    /// <summary>Adds an object whose bytes are no zlib stream.</summary>
    public RawPack Garbage()
    {
        _objects.Add([.. Header(3, 100), .. Enumerable.Repeat((byte)0xee, 100)]);
        return this;
    }

    /// <summary>Says that there are so many objects.</summary>
    public RawPack SayingCount(int count)
    {
        _count = count;
        return this;
    }

    /// <summary>Ends with another checksum than its own.</summary>
    public RawPack WithBadChecksum()
    {
        _badChecksum = true;
        return this;
    }

    /// <summary>The response to a fetch by protocol version 2 that sends it.</summary>
    public string Response() => Line("packfile\n") + Bands(1, Encoding.Latin1.GetString(Bytes())) + "0000";

    /// <summary>One pkt-line.</summary>
    public static string Line(string text) => (text.Length + 4).ToString("x4", CultureInfo.InvariantCulture) + text;

    /// <summary>A text on a channel of the side-band, in as many pkt-lines as it takes.</summary>
    public static string Bands(int channel, string text) =>
        string.Concat(text.Chunk(60_000).Select(piece => Line((char)channel + new string(piece))));

    private RawPack Add(int type, string content, byte[] before)
    {
        using var memory = new MemoryStream();
        using (var zlib = new ZLibStream(memory, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(Encoding.Latin1.GetBytes(content));
        }

        _objects.Add([.. Header(type, content.Length), .. before, .. memory.ToArray()]);
        return this;
    }

#pragma warning disable CA5350 // What git's format asks for.
    private byte[] Bytes()
    {
        var head = new byte[12];
        "PACK"u8.CopyTo(head);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), Version);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(8), _count ?? _objects.Count);
        byte[] all = [.. head, .. _objects.SelectMany(bytes => bytes)];
        var checksum = SHA1.HashData(all);
        if (_badChecksum)
        {
            checksum[19] ^= 1;
        }

        return [.. all, .. checksum];
    }
#pragma warning restore CA5350

    // Three bits of type and four of length, then seven of length in each byte; the highest bit says that more follow.
    private static List<byte> Header(int type, int length)
    {
        var header = new List<byte> { (byte)((type << 4) | (length & 15)) };
        for (length >>= 4; length > 0; length >>= 7)
        {
            header[^1] |= 0x80;
            header.Add((byte)(length & 127));
        }

        return header;
    }
}

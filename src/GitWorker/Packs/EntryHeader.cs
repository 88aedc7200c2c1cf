using System.Runtime.InteropServices;
using CodeRepoOperator.GitWorker.Git;

namespace CodeRepoOperator.GitWorker.Packs;

/// <summary>What comes before the zlib stream of an object in a pack.</summary>
/// <param name="Type">1 to 4: an object; <see cref="OffsetDelta"/> or <see cref="ReferenceDelta"/>.</param>
/// <param name="Size">How long the content of the stream is.</param>
/// <param name="Back">How many bytes before this one the base starts.</param>
/// <param name="Base">The name of the base.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct EntryHeader(int Type, nuint Size, long Back, ObjectId Base)
{
    public const int OffsetDelta = 6;

    public const int ReferenceDelta = 7;

    /// <summary>The longest: more bytes for a size or an offset would not fit into 63 bits.</summary>
    public const int MaximumLength = 9 + ObjectId.Length;

    private const int MaximumNumber = 9;

    /// <summary>Writes one for a whole object.</summary>
    public static byte[] Of(ObjectKind kind, nuint size)
    {
        var header = new List<byte> { (byte)(((int)kind << 4) | (int)(size & 15)) };
        for (size >>= 4; size > 0; size >>= 7)
        {
            header[^1] |= 128;
            header.Add((byte)(size & 127));
        }

        return [.. header];
    }

    /// <summary>Reads one that takes all of these bytes.</summary>
    /// <returns>Null: there must be more bytes.</returns>
    /// <exception cref="PackDamage">However they go on, they are none.</exception>
    public static EntryHeader? Read(ReadOnlySpan<byte> bytes)
    {
        var type = (bytes[0] >> 4) & 7;
        if (type is 0 or 5)
        {
            throw new PackDamage("an object is of no known kind");
        }

        var length = LengthOfNumber(bytes);
        if (length == 0)
        {
            return null;
        }

        var size = (ulong)bytes[0] & 15;
        for (var i = 1; i < length; i++)
        {
            size |= (ulong)(bytes[i] & 127) << ((7 * i) - 3);
        }

        var rest = bytes[length..];
        return type switch
        {
            ReferenceDelta => rest.Length < ObjectId.Length ? null : new EntryHeader(type, (nuint)size, 0, new ObjectId(rest)),
            OffsetDelta => LengthOfNumber(rest) == 0 ? null : new EntryHeader(type, (nuint)size, Offset(rest), default),
            _ => new EntryHeader(type, (nuint)size, 0, default),
        };
    }

    /// <summary>0: it has not ended.</summary>
    private static int LengthOfNumber(ReadOnlySpan<byte> bytes)
    {
        var last = bytes.IndexOfAnyInRange((byte)0, (byte)127);
        return last >= MaximumNumber || (last < 0 && bytes.Length >= MaximumNumber)
            ? throw new PackDamage("an object's header has no end")
            : last + 1;
    }

    // Each byte but the last counts one more, so that no offset can be written in two ways.
    private static long Offset(ReadOnlySpan<byte> bytes)
    {
        var offset = bytes[0] & 127L;
        foreach (var next in bytes[1..])
        {
            offset = ((offset + 1) << 7) | (next & 127L);
        }

        return offset;
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>Git's index, version 2 without extensions (gitformat-index): what is checked out, and how each file looked then.</summary>
internal static class IndexFile
{
    private const int HeaderLength = 12;
    private const int FixedLength = 62;
    private const int MaximumNameLength = 0xFFF;
    private const int Alignment = 8;
    private const uint Version = 2;

    private static ReadOnlySpan<byte> Signature => "DIRC"u8;

    /// <summary>Writes the index of a working tree.</summary>
    /// <param name="path">The file.</param>
    /// <param name="files">In the order of their paths' bytes.</param>
    public static void Write(string path, IReadOnlyCollection<TreeFile> files)
    {
        var writer = new ArrayBufferWriter<byte>(HeaderLength + (files.Count * (FixedLength + 40)));
        writer.Write(Signature);
        Write(writer, Version);
        Write(writer, (uint)files.Count);
        foreach (var file in files)
        {
            Write(writer, file);
        }

        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        stream.Write(writer.WrittenSpan);
#pragma warning disable CA5350 // Git's format.
        stream.Write(SHA1.HashData(writer.WrittenSpan));
#pragma warning restore CA5350
    }

    /// <summary>Reads the index of a clone that was made here.</summary>
    /// <returns>Its files in the order of their paths; null: it is not there, damaged, or not of the kind written here.</returns>
    public static List<TreeFile>? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        ReadOnlySpan<byte> data = File.ReadAllBytes(path);
        if (data.Length < HeaderLength + SHA1.HashSizeInBytes || !data.StartsWith(Signature) || Number(data[4..]) != Version)
        {
            return null;
        }

#pragma warning disable CA5350 // Git's format.
        if (!SHA1.HashData(data[..^SHA1.HashSizeInBytes]).AsSpan().SequenceEqual(data[^SHA1.HashSizeInBytes..]))
#pragma warning restore CA5350
        {
            return null;
        }

        var files = new List<TreeFile>((int)Math.Min(Number(data[8..]), (uint)data.Length / FixedLength));
        var rest = data[HeaderLength..^SHA1.HashSizeInBytes];
        for (var count = Number(data[8..]); count > 0; count--)
        {
            if (rest.Length < FixedLength || rest[FixedLength..].IndexOf((byte)0) is var length && length < 0)
            {
                return null;
            }

            files.Add(ReadOne(rest, length));
            rest = rest[Math.Min(EntryLength(length), rest.Length)..];
        }

        return files;
    }

    private static TreeFile ReadOne(ReadOnlySpan<byte> entry, int length)
    {
        var name = entry.Slice(FixedLength, length).ToArray();
        var stat = new FileStat(
            Number(entry), Number(entry[4..]), Number(entry[8..]), Number(entry[12..]), Number(entry[16..]), Number(entry[20..]),
            User: Number(entry[28..]), Group: Number(entry[32..]), Size: Number(entry[36..]));
        return new TreeFile(name, name.AsSpan().LastIndexOf((byte)'/') + 1, Number(entry[24..]), new ObjectId(entry.Slice(40, ObjectId.Length)))
        {
            Stat = stat,
        };
    }

    private static void Write(ArrayBufferWriter<byte> writer, TreeFile file)
    {
        var stat = file.Stat;
        ReadOnlySpan<uint> numbers =
        [
            stat.ChangedSeconds, stat.ChangedNanoseconds, stat.ModifiedSeconds, stat.ModifiedNanoseconds, stat.Device, stat.Inode,
            file.Mode, stat.User, stat.Group, stat.Size,
        ];
        foreach (var number in numbers)
        {
            Write(writer, number);
        }

        var id = file.Id;
        writer.Write(id);
        BinaryPrimitives.WriteUInt16BigEndian(writer.GetSpan(2), (ushort)Math.Min(file.Path.Length, MaximumNameLength));
        writer.Advance(2);
        writer.Write(file.Path);

        // At least one NUL.
        var padding = EntryLength(file.Path.Length) - FixedLength - file.Path.Length;
        writer.GetSpan(padding)[..padding].Clear();
        writer.Advance(padding);
    }

    private static int EntryLength(int nameLength) => (FixedLength + nameLength + Alignment) / Alignment * Alignment;

    private static uint Number(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32BigEndian(bytes);

    private static void Write(ArrayBufferWriter<byte> writer, uint number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(writer.GetSpan(sizeof(uint)), number);
        writer.Advance(sizeof(uint));
    }
}

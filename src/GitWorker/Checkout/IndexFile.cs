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
    private const int PieceLength = 1024 * 1024;

    private static ReadOnlySpan<byte> Signature => "DIRC"u8;

    /// <summary>Writes the index of a working tree.</summary>
    /// <param name="path">The file.</param>
    /// <param name="files">In the order of their paths' bytes.</param>
    public static void Write(string path, IReadOnlyCollection<TreeFile> files)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
#pragma warning disable CA5350 // Git's format.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        var writer = new ArrayBufferWriter<byte>(PieceLength + HeaderLength + EntryLength(PathRules.MaximumLength));
        writer.Write(Signature);
        Write(writer, Version);
        Write(writer, (uint)files.Count);
        foreach (var file in files)
        {
            Write(writer, file);
            if (writer.WrittenCount >= PieceLength)
            {
                Flush();
            }
        }

        Flush();
        stream.Write(hash.GetHashAndReset());

        // By pieces: the whole may be larger than an array can be.
        void Flush()
        {
            hash.AppendData(writer.WrittenSpan);
            stream.Write(writer.WrittenSpan);
            writer.ResetWrittenCount();
        }
    }

    /// <summary>What a file takes in an index, in bytes.</summary>
    public static long LengthOf(TreeFile file) => EntryLength(file.Path.Length);

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

    private static void Write(ArrayBufferWriter<byte> writer, uint number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(writer.GetSpan(sizeof(uint)), number);
        writer.Advance(sizeof(uint));
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace CodeRepoOperator.Remotes.GitFiles;

/// <summary>Writes git's index, in version 2, or 3 for a sparse clone, and without extensions.</summary>
internal sealed class IndexWriter : IDisposable
{
    private const int PieceLength = 1024 * 1024;

    private readonly FileStream _file;
    private readonly IncrementalHash _hash;
    private readonly ArrayBufferWriter<byte> _piece = new(PieceLength + (16 * 1024));

    /// <summary>Begins one.</summary>
    /// <param name="path">The file, which is made.</param>
    /// <param name="count">How many entries it will have.</param>
    /// <param name="isSparse">Whether some of them are not in the working tree.</param>
    public IndexWriter(string path, int count, bool isSparse = false)
    {
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
#pragma warning disable CA5350 // Git's format.
        _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        _piece.Write(IndexFormat.Signature);
        Write(isSparse ? IndexFormat.ExtendedVersion : IndexFormat.Version);
        Write((uint)count);
    }

    /// <summary>What a file takes in an index, in bytes.</summary>
    public static long LengthOf(ReadOnlySpan<byte> path) => IndexFormat.PaddedLength(IndexFormat.FixedLength, path.Length);

    /// <summary>What a file that is not in the working tree takes in an index, in bytes.</summary>
    public static long LengthOfSkipped(ReadOnlySpan<byte> path) =>
        IndexFormat.PaddedLength(IndexFormat.FixedLength + IndexFormat.ExtendedFlagsLength, path.Length);

    /// <summary>Writes an entry: in the order of the paths' bytes.</summary>
    /// <param name="path">Relative to the working tree.</param>
    /// <param name="mode">Kind and permissions, as git writes them.</param>
    /// <param name="id">The name of its content.</param>
    /// <param name="stat">How the file looks.</param>
    public void Add(ReadOnlySpan<byte> path, uint mode, ReadOnlySpan<byte> id, IndexStat stat)
    {
        var entry = Begin(LengthOf(path), mode, id, stat);
        BinaryPrimitives.WriteUInt16BigEndian(entry[IndexFormat.FlagsOffset..], (ushort)Math.Min(path.Length, IndexFormat.LongestLength));
        path.CopyTo(entry[IndexFormat.FixedLength..]);
        End(entry.Length);
    }

    /// <summary>Writes an entry that is not in the working tree, in the same order.</summary>
    /// <param name="path">Relative to the working tree.</param>
    /// <param name="mode">Kind and permissions, as git writes them.</param>
    /// <param name="id">The name of its content.</param>
    public void AddSkipped(ReadOnlySpan<byte> path, uint mode, ReadOnlySpan<byte> id)
    {
        var entry = Begin(LengthOfSkipped(path), mode, id, default);
        BinaryPrimitives.WriteUInt16BigEndian(
            entry[IndexFormat.FlagsOffset..],
            (ushort)(IndexFormat.IsExtended | Math.Min(path.Length, IndexFormat.LongestLength))
        );
        BinaryPrimitives.WriteUInt16BigEndian(entry[IndexFormat.FixedLength..], IndexFormat.SkipWorktree);
        path.CopyTo(entry[(IndexFormat.FixedLength + IndexFormat.ExtendedFlagsLength)..]);
        End(entry.Length);
    }

    /// <summary>Writes the end.</summary>
    public void Finish()
    {
        Flush();
        _file.Write(_hash.GetHashAndReset());
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _file.Dispose();
        _hash.Dispose();
    }

    private Span<byte> Begin(long length, uint mode, ReadOnlySpan<byte> id, IndexStat stat)
    {
        // Cleared, for the NULs after the path.
        var entry = _piece.GetSpan((int)length)[..(int)length];
        entry.Clear();
        stat.Write(entry, mode);
        id.CopyTo(entry[IndexFormat.IdOffset..]);
        return entry;
    }

    private void End(int length)
    {
        _piece.Advance(length);
        if (_piece.WrittenCount >= PieceLength)
        {
            Flush();
        }
    }

    // By pieces: the whole may be larger than an array can be.
    private void Flush()
    {
        _hash.AppendData(_piece.WrittenSpan);
        _file.Write(_piece.WrittenSpan);
        _piece.ResetWrittenCount();
    }

    private void Write(uint number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_piece.GetSpan(sizeof(uint)), number);
        _piece.Advance(sizeof(uint));
    }
}

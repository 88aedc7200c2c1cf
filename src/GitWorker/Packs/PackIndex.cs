using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using CodeRepoOperator.GitWorker.Git;

namespace CodeRepoOperator.GitWorker.Packs;

/// <summary>Finds the objects of a pack by its index (git's version 2) that <see cref="PackIndexFile"/> wrote. From any thread.</summary>
internal sealed unsafe class PackIndex : IDisposable
{
    private static readonly int HeaderLength = PackIndexFile.Header.Length;
    private const int CountsLength = 256 * sizeof(uint);

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly long _length;

    private PackIndex(string path, long length)
    {
        _length = length;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, _length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    /// <summary>Opens an index.</summary>
    /// <param name="path">The file. One that an older clone lent is as whoever may write to the volume has left it.</param>
    /// <returns>Null: it is of another version.</returns>
    public static PackIndex? Open(string path)
    {
        var length = new FileInfo(path).Length;
        if (length < HeaderLength)
        {
            return null;
        }

        var index = new PackIndex(path, length);
        if (index.Span(0, HeaderLength).SequenceEqual(PackIndexFile.Header))
        {
            return index;
        }

        index.Dispose();
        return null;
    }

    /// <summary>Where an object starts in the pack; null: it is not there.</summary>
    /// <exception cref="PackDamage">The index is not whole.</exception>
    public long? Find(ObjectId id)
    {
        var (low, high) = (id[0] == 0 ? 0 : CountUpTo(id[0] - 1), CountUpTo(id[0]));
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            var order = Span(HeaderLength + CountsLength + (middle * ObjectId.Length), ObjectId.Length).SequenceCompareTo(id);
            if (order == 0)
            {
                return OffsetOf(middle);
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle);
        }

        return null;
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private long CountUpTo(int first) => Number(HeaderLength + (first * sizeof(uint)));

    private long OffsetOf(long entry)
    {
        var count = CountUpTo(255);
        var checksums = HeaderLength + CountsLength + (count * ObjectId.Length);
        var offsets = checksums + (count * sizeof(uint));
        var offset = Number(offsets + (entry * sizeof(uint)));
        if (offset < PackIndexFile.FirstLongOffset)
        {
            return offset;
        }

        var large = offsets + (count * sizeof(uint)) + ((offset - PackIndexFile.FirstLongOffset) * sizeof(ulong));
        return BinaryPrimitives.ReadInt64BigEndian(Span(large, sizeof(long)));
    }

    private uint Number(long at) => BinaryPrimitives.ReadUInt32BigEndian(Span(at, sizeof(uint)));

    private ReadOnlySpan<byte> Span(long at, int length) =>
        at >= 0 && at <= _length - length ? new(_start + at, length) : throw new PackDamage("the index of a pack is cut short");
}

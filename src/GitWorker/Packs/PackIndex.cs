using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using CodeRepoOperator.GitWorker.Git;

namespace CodeRepoOperator.GitWorker.Packs;

/// <summary>Finds the objects of a pack by its index (git's version 2) that <see cref="PackIndexFile"/> wrote. From any thread.</summary>
internal sealed unsafe class PackIndex : IDisposable
{
    private const int HeaderLength = 8;
    private const int CountsLength = 256 * sizeof(uint);

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly long _count;

    /// <param name="path">An index that this process has just written.</param>
    public PackIndex(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _count = CountUpTo(255);
    }

    /// <summary>Where an object starts in the pack; null: it is not there.</summary>
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
        var checksums = HeaderLength + CountsLength + (_count * ObjectId.Length);
        var offsets = checksums + (_count * sizeof(uint));
        var offset = Number(offsets + (entry * sizeof(uint)));
        if (offset < PackIndexFile.FirstLongOffset)
        {
            return offset;
        }

        var large = offsets + (_count * sizeof(uint)) + ((offset - PackIndexFile.FirstLongOffset) * sizeof(ulong));
        return BinaryPrimitives.ReadInt64BigEndian(Span(large, sizeof(long)));
    }

    private uint Number(long at) => BinaryPrimitives.ReadUInt32BigEndian(Span(at, sizeof(uint)));

    private ReadOnlySpan<byte> Span(long at, int length) => new(_start + at, length);
}

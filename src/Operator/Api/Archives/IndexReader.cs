using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.Api.Archives;

/// <summary>
/// Reads git's index from its beginning to its end (gitformat-index, version 2, as our clones are published with), with as much memory for
/// a million entries as for one. libgit2, which reads it whole, is the git worker's alone.
/// </summary>
internal sealed class IndexReader(SafeFileHandle file) : IDisposable
{
    private const int HeaderLength = 12;
    private const int FixedLength = 62;
    private const int IdOffset = 40;
    private const int IdLength = 20;
    private const int Alignment = 8;
    private const uint Version = 2;
    private const int StageMask = 0x3000;

    /// <summary>More than any entry has: a path has at most 4,096 bytes.</summary>
    private const int Window = 8 * 1024;

    private readonly byte[] _buffer = new byte[4 * Window];
    private int _start;
    private int _end;
    private long _position;
    private uint _left;
    private bool _begun;

    /// <summary>Reads the next entry.</summary>
    /// <returns>The entry; null: that was the last one.</returns>
    /// <exception cref="InvalidDataException">It is no index, or not one of a clean tree.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public IndexedFile? Next()
    {
        if (!_begun)
        {
            ReadHeader();
        }

        if (_left == 0)
        {
            return null;
        }

        _left--;
        var entry = Look();
        var length = entry.Length > FixedLength ? entry[FixedLength..].IndexOf((byte)0) : -1;
        if (length <= 0 || (BinaryPrimitives.ReadUInt16BigEndian(entry[(FixedLength - 2)..]) & StageMask) != 0)
        {
            throw new InvalidDataException("git's index can't be read");
        }

        var read = new IndexedFile(
            entry.Slice(FixedLength, length).ToArray(),
            BinaryPrimitives.ReadUInt32BigEndian(entry[24..]),
            entry.Slice(IdOffset, IdLength).ToArray(),
            BinaryPrimitives.ReadUInt32BigEndian(entry[36..]));
        _start += (FixedLength + length + Alignment) / Alignment * Alignment;
        return read;
    }

    /// <inheritdoc />
    public void Dispose() => file.Dispose();

    private void ReadHeader()
    {
        _begun = true;
        var header = Look();
        if (header.Length < HeaderLength || !header.StartsWith("DIRC"u8) || BinaryPrimitives.ReadUInt32BigEndian(header[4..]) != Version)
        {
            throw new InvalidDataException("git's index is none, or not of version 2");
        }

        _left = BinaryPrimitives.ReadUInt32BigEndian(header[8..]);
        _start += HeaderLength;
    }

    /// <summary>What comes next: at least one entry, but at the end of the file.</summary>
    private ReadOnlySpan<byte> Look()
    {
        if (_end - _start < Window)
        {
            // An entry's padding may lie beyond what was read, in a file that was cut short.
            _start = Math.Min(_start, _end);
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            for (int read; _end < _buffer.Length && (read = RandomAccess.Read(file, _buffer.AsSpan(_end), _position)) > 0; _position += read)
            {
                _end += read;
            }
        }

        return _buffer.AsSpan(_start, _end - _start);
    }
}

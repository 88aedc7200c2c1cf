using System.Buffers.Binary;
using CodeRepoOperator.Remotes.Files;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.Remotes.GitFiles;

/// <summary>
/// Reads git's index from its beginning to its end, in any version that git writes (2 to 4), with as much memory for a million entries as
/// for one. An index that is a part of another one (split), or leaves directories out (sparse), is refused at its end: git notes either in
/// an extension.
/// </summary>
/// <param name="file">The index. It is disposed of with this.</param>
internal sealed class IndexReader(SafeFileHandle file) : IDisposable
{
    /// <summary>More than any entry has: a path has at most 4,096 bytes.</summary>
    private const int Window = 8 * 1024;

    // Of an extension: its name and its length.
    private const int ExtensionHeaderLength = 8;

    private readonly byte[] _buffer = new byte[4 * Window];
    private int _start;
    private int _end;
    private long _position;
    private uint _version;
    private uint _left;
    private bool _begun;
    private byte[] _path = [];

    /// <param name="clone">The clone.</param>
    /// <returns>The index; null: there is none, or no regular file in its place.</returns>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static IndexReader? Find(GitTree clone)
    {
        using var directory = OpenDirectory.Open(clone.GitDirectory);
        return directory?.OpenFile(GitPaths.IndexName, out _) is { } file ? new IndexReader(file) : null;
    }

    /// <param name="clone">The clone.</param>
    /// <exception cref="InvalidDataException">There is none.</exception>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static IndexReader Open(GitTree clone) => Find(clone) ?? throw new InvalidDataException("git's index is missing");

    /// <summary>How many entries it says that it has.</summary>
    /// <exception cref="InvalidDataException">It is no index.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static uint ReadCount(SafeFileHandle file)
    {
        Span<byte> header = stackalloc byte[IndexFormat.HeaderLength];
        return ReadCount(header[..RandomAccess.Read(file, header, fileOffset: 0)], out _);
    }

    /// <summary>All entries that are left.</summary>
    /// <exception cref="InvalidDataException">It is no index, or not a whole one.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public IEnumerable<IndexEntry> ReadAll()
    {
        while (Next() is { } entry)
        {
            yield return entry;
        }
    }

    /// <summary>Reads what is left, and whether that is all.</summary>
    /// <exception cref="InvalidDataException">It is no index, or not a whole one.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public void ReadToEnd()
    {
        while (Next() is not null)
        {
            // Only whether it can be read counts.
        }
    }

    /// <summary>Reads the next entry.</summary>
    /// <returns>The entry; null: that was the last one.</returns>
    /// <exception cref="InvalidDataException">It is no index, or not a whole one.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public IndexEntry? Next()
    {
        if (!_begun)
        {
            ReadHeader();
        }

        if (_left == 0)
        {
            return null;
        }

        var entry = ReadEntry();
        _left--;
        if (_left == 0)
        {
            CheckExtensions();
        }

        return entry;
    }

    /// <inheritdoc />
    public void Dispose() => file.Dispose();

    private static uint ReadCount(ReadOnlySpan<byte> header, out uint version)
    {
        version = 0;
        if (header.Length < IndexFormat.HeaderLength || !header.StartsWith(IndexFormat.Signature))
        {
            throw new InvalidDataException("git's index is none");
        }

        version = BinaryPrimitives.ReadUInt32BigEndian(header[IndexFormat.VersionOffset..]);
        return version is >= 2 and <= 4
            ? BinaryPrimitives.ReadUInt32BigEndian(header[IndexFormat.CountOffset..])
            : throw new InvalidDataException($"git's index has the version {version}, and 2 to 4 can be read");
    }

    private void ReadHeader()
    {
        _begun = true;
        _left = ReadCount(Look(), out _version);
        _start += IndexFormat.HeaderLength;
        if (_left == 0)
        {
            CheckExtensions();
        }
    }

    private IndexEntry ReadEntry()
    {
        var entry = Look();
        if (entry.Length <= IndexFormat.FixedLength)
        {
            throw Unreadable();
        }

        var flags = BinaryPrimitives.ReadUInt16BigEndian(entry[IndexFormat.FlagsOffset..]);
        var isExtended = (flags & IndexFormat.IsExtended) != 0;
        if (isExtended && _version == IndexFormat.Version)
        {
            throw Unreadable();
        }

        var beforePath = IndexFormat.FixedLength + (isExtended ? IndexFormat.ExtendedFlagsLength : 0);
        var kept = _version < IndexFormat.FirstWithoutPadding ? 0 : ReadKept(entry, ref beforePath);
        var length = entry.Length > beforePath ? entry[beforePath..].IndexOf((byte)0) : -1;
        if (length < 0 || kept + length > Window)
        {
            throw Unreadable();
        }

        if (kept + length == 0)
        {
            // Where a split index changes an entry of its other part, it leaves out the path.
            throw NotWhole();
        }

        byte[] path = [.. _path.AsSpan(0, kept), .. entry.Slice(beforePath, length)];
        var stat = IndexStat.Read(entry, out var mode);
        var id = entry.Slice(IndexFormat.IdOffset, IndexFormat.IdLength).ToArray();
        var read = new IndexEntry(path, mode, id, stat, (flags & IndexFormat.StageMask) >> IndexFormat.StageShift)
        {
            IsSkipped = isExtended && IsSkipped(entry),
        };
        var isPadded = _version < IndexFormat.FirstWithoutPadding;
        _start += isPadded ? IndexFormat.PaddedLength(beforePath, length) : beforePath + length + 1;
        _path = path;
        return read;
    }

    private static bool IsSkipped(ReadOnlySpan<byte> entry) =>
        (BinaryPrimitives.ReadUInt16BigEndian(entry[IndexFormat.FixedLength..]) & IndexFormat.SkipWorktree) != 0;

    /// <summary>How much of the path before it a path begins with: it says how many bytes of that one are to be left out.</summary>
    private int ReadKept(ReadOnlySpan<byte> entry, ref int at)
    {
        // As git writes offsets: seven bits a byte, and each further byte adds one to what came before it, so that there is one way to
        // write a number.
        var omitted = 0L;
        byte more;
        do
        {
            if (at >= entry.Length || omitted > _path.Length)
            {
                throw Unreadable();
            }

            more = entry[at++];
            omitted = (omitted << 7) | (uint)(more & 0x7F);
            omitted += more >= 0x80 ? 1 : 0;
        } while (more >= 0x80);

        return omitted <= _path.Length ? _path.Length - (int)omitted : throw Unreadable();
    }

    /// <summary>
    /// Git marks with a small letter what a reader must know of to understand the entries; the others only make it faster.
    /// </summary>
    private void CheckExtensions()
    {
        var end = RandomAccess.GetLength(file) - IndexFormat.ChecksumLength;
        var at = _position - _end + _start;
        Span<byte> header = stackalloc byte[ExtensionHeaderLength];
        while (at < end)
        {
            if (RandomAccess.Read(file, header, at) < header.Length)
            {
                throw Unreadable();
            }

            if (header[0] is < (byte)'A' or > (byte)'Z')
            {
                throw NotWhole();
            }

            at += ExtensionHeaderLength + BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        }

        if (at != end)
        {
            throw Unreadable();
        }
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
            while (_end < _buffer.Length && RandomAccess.Read(file, _buffer.AsSpan(_end), _position) is > 0 and var read)
            {
                _end += read;
                _position += read;
            }
        }

        return _buffer.AsSpan(_start, _end - _start);
    }

    private static InvalidDataException NotWhole() => new("git's index is split or sparse, and does not have all files");

    private static InvalidDataException Unreadable() => new("git's index can't be read");
}

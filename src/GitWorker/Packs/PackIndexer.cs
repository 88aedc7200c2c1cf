using System.Buffers.Binary;
using System.Security.Cryptography;
using CodeRepoOperator.GitWorker.Limits;
using CodeRepoOperator.Remotes.GitFiles;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.GitWorker.Packs;

/// <summary>
/// Writes a pack into a repository as it comes in, checks every object, and makes its index. A thin pack is completed from the objects
/// that the repository already has. Each delta is resolved once, right after its base: libgit2's own indexer tries all that are
/// left for each base that is missing, which takes minutes for some ten thousand.
/// </summary>
internal sealed class PackIndexer : IDisposable
{
    // "PACK", version, number of objects.
    private const int HeaderLength = 12;

    private readonly string _directory;
    private readonly string _temporary;
    private readonly FileStream _stream;
    private readonly SafeFileHandle _file;
    private readonly PackContents _contents;
    private readonly Inflater _inflater = new();
    private readonly NativeBuffer _content = new();
    private readonly byte[] _collected = new byte[EntryHeader.MaximumLength];
#pragma warning disable CA5350 // Git's own format; the names of objects are checked by libgit2's hash, which knows forgeries.
    private readonly IncrementalHash _sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
    private Part _part = Part.Header;
    private int _collectedLength;
    private long _length;
    private uint _announced;
    private EntryHeader _header;
    private PackEntry _entry;

    /// <param name="objects">The repository's <c>objects</c> directory.</param>
    /// <param name="quota">Counts the bytes that completing a thin pack adds.</param>
    public PackIndexer(string objects, CloneQuota quota)
    {
        _directory = Path.Combine(objects, "pack");
        _temporary = Path.Combine(_directory, "tmp_pack_incoming");
        _stream = new FileStream(_temporary, PackFile.Options());
        _file = _stream.SafeFileHandle;
        _contents = new PackContents(_file, objects, quota);
    }

    private enum Part
    {
        Header,
        EntryHeader,
        Stream,
        Trailer,
        Nothing,
    }

    /// <summary>Takes the next piece of the pack.</summary>
    /// <exception cref="PackDamage">It is none.</exception>
    public void Append(ReadOnlySpan<byte> piece)
    {
        RandomAccess.Write(_file, piece, _length);
        var rest = piece;
        var summed = 0;
        while (!rest.IsEmpty)
        {
            var isSummed = _part != Part.Trailer;
            var used = Take(rest);
            summed += isSummed ? used : 0;
            _length += used;
            rest = rest[used..];
        }

        _sum.AppendData(piece[..summed]);
    }

    /// <summary>Puts the pack and its index into place; a pack without objects leaves nothing behind.</summary>
    /// <returns>The path of the pack; null: it has no objects.</returns>
    /// <exception cref="PackDamage">It is incomplete, or not what it says.</exception>
    public string? Commit()
    {
        if (_part != Part.Nothing)
        {
            throw new PackDamage("the pack is cut short");
        }

        var checksum = _collected[..SHA1.HashSizeInBytes];
        if (!_sum.GetHashAndReset().AsSpan().SequenceEqual(checksum))
        {
            throw new PackDamage("the pack is not its checksum");
        }

        if (_announced == 0)
        {
            return null;
        }

        _content.Dispose();
        if (_contents.Resolve(_length - SHA1.HashSizeInBytes) is { } end)
        {
            checksum = PackFile.Complete(_file, _contents.Entries.Count, end);
        }

        var name = Path.Combine(_directory, $"pack-{Convert.ToHexStringLower(checksum)}");
        PackIndexFile.Write(name + GitPaths.PackIndexExtension, _contents.Entries, checksum);
        File.Move(_temporary, name + GitPaths.PackExtension, overwrite: true);
        return name + GitPaths.PackExtension;
    }

    public void Dispose()
    {
        _contents.Dispose();
        _inflater.Dispose();
        _content.Dispose();
        _sum.Dispose();
        _stream.Dispose();
        File.Delete(_temporary);
    }

    private int Take(ReadOnlySpan<byte> piece)
    {
        switch (_part)
        {
            case Part.Header:
                return Collect(piece, HeaderLength, ReadHeader);
            case Part.EntryHeader:
                return Collect(piece, _collectedLength + 1, ReadEntryHeader);
            case Part.Stream:
                return Inflate(piece);
            case Part.Trailer:
                return Collect(piece, SHA1.HashSizeInBytes, () => _part = Part.Nothing);
            default:
                throw new PackDamage("something comes after the end of the pack");
        }
    }

    private int Collect(ReadOnlySpan<byte> piece, int desired, Action complete)
    {
        var used = Math.Min(desired - _collectedLength, piece.Length);
        piece[..used].CopyTo(_collected.AsSpan(_collectedLength));
        _collectedLength += used;
        if (_collectedLength == desired)
        {
            complete();
        }

        return used;
    }

    private void ReadHeader()
    {
        if (!_collected.AsSpan(0, 4).SequenceEqual("PACK"u8) || BinaryPrimitives.ReadUInt32BigEndian(_collected.AsSpan(4)) is not (2 or 3))
        {
            throw new PackDamage("it is no pack that is known here");
        }

        _announced = BinaryPrimitives.ReadUInt32BigEndian(_collected.AsSpan(8));
        GoOn();
    }

    private void ReadEntryHeader()
    {
        if (EntryHeader.Read(_collected.AsSpan(0, _collectedLength)) is not { } header)
        {
            return;
        }

        _header = header;
        _entry = new PackEntry
        {
            // The last of its bytes is being taken.
            Offset = _length + 1 - _collectedLength,
            Size = header.Size,
            HeaderLength = _collectedLength,
            Crc = Inflater.Crc(0, _collected.AsSpan(0, _collectedLength)),
            Base = PackEntry.None,
            Sibling = PackEntry.None,
        };
        _content.Length = 0;
        _inflater.Reset();
        _part = Part.Stream;
    }

    private int Inflate(ReadOnlySpan<byte> piece)
    {
        var hasEnded = _inflater.Inflate(piece, _content, _header.Size, out var used);
        _entry.Crc = Inflater.Crc(_entry.Crc, piece[..used]);
        if (hasEnded)
        {
            _contents.Add(_entry, _header, _content);
            GoOn();
        }

        return used;
    }

    private void GoOn()
    {
        _collectedLength = 0;
        _part = _contents.Entries.Count < _announced ? Part.EntryHeader : Part.Trailer;
    }
}

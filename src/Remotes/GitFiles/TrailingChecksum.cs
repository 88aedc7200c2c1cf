using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.Remotes.GitFiles;

/// <summary>
/// The SHA-1 at the end of git's packs and indexes, over all bytes before it. It is read piece by piece, so that who reads can keep to a
/// pace.
/// </summary>
internal sealed class TrailingChecksum : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly IncrementalHash _hash;
    private readonly byte[] _buffer;
    private readonly long _length;
    private long _position;

    /// <summary>Begins to read.</summary>
    /// <param name="file">The file, which stays open.</param>
    /// <param name="pieceLength">In bytes: how much is read at once.</param>
    /// <exception cref="IOException">It can't be looked at.</exception>
    public TrailingChecksum(SafeFileHandle file, int pieceLength)
    {
        _file = file;
        _buffer = new byte[pieceLength];
        _length = RandomAccess.GetLength(file) - SHA1.HashSizeInBytes;
#pragma warning disable CA5350 // Git's own format; it shows damage, not forgery.
        _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
    }

    /// <summary>Reads the next piece.</summary>
    /// <param name="piece">It; valid until the next call.</param>
    /// <returns>Whether there was one: all but the checksum is read otherwise.</returns>
    /// <exception cref="IOException">It can't be read.</exception>
    public bool ReadPiece(out ReadOnlySpan<byte> piece)
    {
        piece = default;
        if (_position >= _length)
        {
            return false;
        }

        var read = RandomAccess.Read(_file, _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, _length - _position)), _position);
        _hash.AppendData(_buffer, 0, read);
        _position += read;
        piece = _buffer.AsSpan(0, read);
        return read > 0;
    }

    /// <summary>Reads the checksum, once all pieces are read.</summary>
    /// <param name="stored">What the file ends with; empty: it is too short to have one.</param>
    /// <returns>Whether that is the sum of its bytes.</returns>
    /// <exception cref="IOException">It can't be read.</exception>
    public bool Holds(out byte[] stored)
    {
        stored = new byte[SHA1.HashSizeInBytes];
        if (_position != _length || RandomAccess.Read(_file, stored, _length) != stored.Length)
        {
            stored = [];
            return false;
        }

        return stored.AsSpan().SequenceEqual(_hash.GetHashAndReset());
    }

    /// <summary>Whether nothing was summed up, as git does it for its index with <c>index.skipHash</c>.</summary>
    /// <param name="stored">What the file ends with.</param>
    public static bool IsNone(ReadOnlySpan<byte> stored) => !stored.IsEmpty && !stored.ContainsAnyExcept((byte)0);

    /// <inheritdoc />
    public void Dispose() => _hash.Dispose();
}

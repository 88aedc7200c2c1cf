using System.Buffers;
using System.Security.Cryptography;

namespace CodeRepoOperator.GitWorker;

/// <summary>
/// The checksums that git writes: a pack and its index end with the SHA-1 of what comes before, and the index names the pack's.
/// </summary>
internal static class PackChecksum
{
    private const int Length = SHA1.HashSizeInBytes;

    // Large enough that hashing, some 2 GB/s, is what takes the time.
    private const int BufferLength = 1 << 20;

    /// <summary>Whether both files are, byte for byte, what was written.</summary>
    public static bool Holds(string pack, string index) =>
        EndOf(pack) is { } packEnd && EndOf(index) is { } indexEnd && indexEnd.AsSpan(0, Length).SequenceEqual(packEnd.AsSpan(Length));

    // The last two checksums' worth of bytes; null: the last one is not that of the bytes before.
    private static byte[]? EndOf(string path)
    {
        using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        var end = new byte[2 * Length];
        var hashed = RandomAccess.GetLength(file) - Length;
        if (hashed < Length)
        {
            return null;
        }

        _ = RandomAccess.Read(file, end, hashed - Length);
        return HashOf(file, hashed).AsSpan().SequenceEqual(end.AsSpan(Length)) ? end : null;
    }

#pragma warning disable CA5350 // It is the checksum of git's format; against damage, not against an attacker.
    private static byte[] HashOf(Microsoft.Win32.SafeHandles.SafeFileHandle file, long length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        for (long offset = 0, read; offset < length; offset += read)
        {
            read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(BufferLength, length - offset)), offset);
            if (read == 0)
            {
                break;
            }

            hash.AppendData(buffer.AsSpan(0, (int)read));
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return hash.GetHashAndReset();
    }
#pragma warning restore CA5350
}

using System.Buffers;
using System.Security.Cryptography;
using CodeRepoOperator.GitWorker.Limits;

namespace CodeRepoOperator.GitWorker.Checking;

/// <summary>The SHA-1 at the end of git's packs and indexes, over all bytes before it.</summary>
/// <param name="Stored">What the file ends with.</param>
/// <param name="Holds">Whether that is the sum of its bytes.</param>
internal sealed record TrailingChecksum(byte[] Stored, bool Holds)
{
    private const int BufferSize = 128 * 1024;

    /// <summary>Nothing was summed up: git's index with <c>index.skipHash</c>.</summary>
    public bool IsZero => !Stored.AsSpan().ContainsAnyExcept((byte)0);

    /// <summary>Reads a file to its end.</summary>
    /// <returns>Its checksum; null: it is missing, or too short to have one.</returns>
    /// <exception cref="IOException">It can't be read.</exception>
    public static async Task<TrailingChecksum?> ReadAsync(string path, Pace pace, CancellationToken cancellationToken)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        await using (file)
        {
            var left = file.Length - SHA1.HashSizeInBytes;
            if (left < 0)
            {
                return null;
            }

#pragma warning disable CA5350 // Git's own format; it tells damage, not forgery.
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            for (; left > 0; left -= await AppendAsync(file, hash, buffer.AsMemory(0, (int)Math.Min(left, BufferSize)), pace, cancellationToken))
            {
                // Each round appends what it reads.
            }

            ArrayPool<byte>.Shared.Return(buffer);
            var stored = new byte[SHA1.HashSizeInBytes];
            await file.ReadExactlyAsync(stored, cancellationToken);
            return new TrailingChecksum(stored, stored.AsSpan().SequenceEqual(hash.GetHashAndReset()));
        }
    }

    private static async Task<int> AppendAsync(
        FileStream file, IncrementalHash hash, Memory<byte> buffer, Pace pace, CancellationToken cancellationToken)
    {
        await file.ReadExactlyAsync(buffer, cancellationToken);
        hash.AppendData(buffer.Span);
        await pace.SpendAsync(buffer.Length, cancellationToken);
        return buffer.Length;
    }
}

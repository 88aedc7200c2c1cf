using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.GitWorker.Packs;

/// <summary>The file of a pack that is being written.</summary>
internal static class PackFile
{
    private const int BufferSize = 128 * 1024;

    // "PACK" and the version come before it.
    private const int CountOffset = 8;

    /// <summary>How a file is made that nobody writes to once it is closed.</summary>
    public static FileStreamOptions Options()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        }

        return options;
    }

    /// <summary>Writes the number of objects, and the checksum behind the last.</summary>
    /// <returns>The checksum.</returns>
    public static byte[] Complete(SafeFileHandle file, int count, long end)
    {
        Span<byte> number = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(number, (uint)count);
        RandomAccess.Write(file, number, CountOffset);
#pragma warning disable CA5350 // Git's own format; it shows damage, not forgery.
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        var at = 0L;
        while (at < end)
        {
            var read = Read(file, buffer.AsSpan(0, (int)Math.Min(BufferSize, end - at)), at);
            sum.AppendData(buffer.AsSpan(0, read));
            at += read;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        var checksum = sum.GetHashAndReset();
        RandomAccess.Write(file, checksum, end);
        RandomAccess.SetLength(file, end + checksum.Length);
        return checksum;
    }

    /// <summary>Reads at least a byte.</summary>
    public static int Read(SafeFileHandle file, Span<byte> buffer, long offset) =>
        RandomAccess.Read(file, buffer, offset) is var read and > 0
            ? read
            : throw new EndOfStreamException("A pack became shorter while it was written.");
}

using System.Runtime.InteropServices;

namespace CodeRepoOperator.GitWorker.Packs;

/// <summary>
/// Reads zlib streams that follow one another without their lengths being known, by the zlib that .NET ships: <c>ZLibStream</c> does
/// not report where a stream ended.
/// </summary>
internal sealed unsafe partial class Inflater : IDisposable
{
    private const string Library = "libSystem.IO.Compression.Native";

    // zlib's numbers.
    private const int WindowBits = 15;
    private const int Ok = 0;
    private const int StreamEnd = 1;
    private const int BufferError = -5;

    // So much is reserved at first: what a header declares is believed only as far as bytes have come.
    private const int FirstReserve = 16 * 1024;

    private readonly ZStream* _stream;

    public Inflater()
    {
        _stream = (ZStream*)NativeMemory.AllocZeroed((nuint)sizeof(ZStream));
        if (CompressionNative_InflateInit2_(_stream, WindowBits) != Ok)
        {
            NativeMemory.Free(_stream);
            throw new InvalidOperationException("zlib has no memory.");
        }
    }

    public void Reset()
    {
        if (CompressionNative_InflateReset2_(_stream, WindowBits) != Ok)
        {
            throw new InvalidOperationException("zlib has no memory.");
        }
    }

    /// <summary>Reads a piece of the stream.</summary>
    /// <param name="piece">Starts with the next byte of the stream.</param>
    /// <param name="content">What the stream holds is appended to it.</param>
    /// <param name="declared">How long the content must be.</param>
    /// <param name="used">How many bytes of the piece belong to the stream.</param>
    /// <returns>Whether the stream has ended.</returns>
    /// <exception cref="PackDamage">It is no zlib stream, or not of that length.</exception>
    public bool Inflate(ReadOnlySpan<byte> piece, NativeBuffer content, nuint declared, out int used)
    {
        fixed (byte* start = piece)
        {
            _stream->NextIn = start;
            _stream->AvailableIn = (uint)piece.Length;
            var result = Ok;
            while (result == Ok && (_stream->AvailableIn > 0 || _stream->AvailableOut == 0))
            {
                result = InflateOnce(content, declared);
            }

            used = piece.Length - (int)_stream->AvailableIn;
            if (result is not (Ok or StreamEnd or BufferError))
            {
                throw new PackDamage("an object is no zlib stream");
            }

            if (content.Length > declared || (result == StreamEnd && content.Length < declared))
            {
                throw new PackDamage("an object is not as long as it says");
            }

            return result == StreamEnd;
        }
    }

    /// <summary>The checksum of the bytes before, gone on with.</summary>
    public static uint Crc(uint before, ReadOnlySpan<byte> piece)
    {
        fixed (byte* start = piece)
        {
            // Without a buffer zlib would start anew.
            return piece.IsEmpty ? before : CompressionNative_Crc32(before, start, piece.Length);
        }
    }

    public void Dispose()
    {
        _ = CompressionNative_InflateEnd(_stream);
        NativeMemory.Free(_stream);
    }

    private int InflateOnce(NativeBuffer content, nuint declared)
    {
        if (content.Free == 0)
        {
            // One byte more than there may be, so that too long a stream shows.
            content.Reserve(nuint.Min(nuint.Max(FirstReserve, content.Length * 2), declared + 1));
        }

        var free = (uint)nuint.Min(content.Free, int.MaxValue);
        _stream->NextOut = content.Data + content.Length;
        _stream->AvailableOut = free;
        var result = CompressionNative_Inflate(_stream, 0);
        content.Length += free - _stream->AvailableOut;
        return content.Length > declared ? StreamEnd : result;
    }

    [LibraryImport(Library)]
    private static partial int CompressionNative_InflateInit2_(ZStream* stream, int windowBits);

    [LibraryImport(Library)]
    private static partial int CompressionNative_InflateReset2_(ZStream* stream, int windowBits);

    [LibraryImport(Library)]
    private static partial int CompressionNative_Inflate(ZStream* stream, int flush);

    [LibraryImport(Library)]
    private static partial int CompressionNative_InflateEnd(ZStream* stream);

    [LibraryImport(Library)]
    private static partial uint CompressionNative_Crc32(uint crc, byte* buffer, int length);

    /// <summary><c>PAL_ZStream</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ZStream
    {
        public byte* NextIn;
        public byte* NextOut;
        public byte* Message;
        public void* State;
        public uint AvailableIn;
        public uint AvailableOut;
    }
}

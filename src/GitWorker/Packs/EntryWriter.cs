using CodeRepoOperator.GitWorker.Limits;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.GitWorker.Packs;

/// <summary>Appends one object to a pack.</summary>
internal sealed class EntryWriter(SafeFileHandle file, long start, CloneQuota quota) : Stream
{
    /// <summary>Where the next byte goes.</summary>
    public long End { get; private set; } = start;

    /// <summary>The checksum of what was written.</summary>
    public uint Crc { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => End;

    public override long Position
    {
        get => End;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        quota.ChargePiece(buffer.Length);
        RandomAccess.Write(file, buffer, End);
        Crc = Inflater.Crc(Crc, buffer);
        End += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

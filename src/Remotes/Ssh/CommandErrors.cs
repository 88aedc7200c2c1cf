using System.Text;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>What a command writes to its standard error: its beginning is kept.</summary>
/// <param name="exceeded">Called once when it goes on beyond all measure.</param>
internal sealed class CommandErrors(Action exceeded) : Stream
{
    /// <summary>In bytes: how much a command may write.</summary>
    public const int Maximum = 1 << 20;

    // In bytes: more than anything that is shown.
    private const int Capacity = 4 * 1024;

    // Written by the thread that reads the connection.
    private readonly Lock _lock = new();
    private readonly MemoryStream _first = new();
    private long _written;

    /// <summary>Whether more came than <see cref="Maximum"/>.</summary>
    public bool IsExceeded => Interlocked.Read(ref _written) > Maximum;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (_lock)
        {
            _first.Write(buffer[..Math.Min(buffer.Length, Capacity - (int)_first.Length)]);
        }

        var before = Interlocked.Add(ref _written, buffer.Length) - buffer.Length;
        if (before <= Maximum && before + buffer.Length > Maximum)
        {
            exceeded();
        }
    }

    /// <summary>As it was sent: not fit to be shown.</summary>
    public string Text()
    {
        lock (_lock)
        {
            return Encoding.UTF8.GetString(_first.ToArray());
        }
    }

    public override void Flush()
    {
        // Nothing waits.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

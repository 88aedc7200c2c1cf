using System.IO.Pipelines;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>
/// What a command prints, on its way from the thread that reads the connection to whoever reads the command. That thread waits here
/// when the reader falls behind, and with it the server: so a pack takes a constant amount of memory.
/// </summary>
internal sealed class CommandOutput : Stream
{
    // In bytes: some packets of the largest size. More would be memory only.
    private const int Capacity = 1 << 20;

    private readonly Pipe _pipe = new(
        new PipeOptions(pauseWriterThreshold: Capacity, resumeWriterThreshold: Capacity / 2, useSynchronizationContext: false)
    );
    private volatile bool _ended;

    public CommandOutput() => Reader = _pipe.Reader.AsStream();

    /// <summary>Where it is read.</summary>
    public Stream Reader { get; }

    /// <summary>Whether nothing more comes.</summary>
    public bool HasEnded => _ended;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => !_ended;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Nobody reads any more: what waits goes on, and what comes is thrown away.</summary>
    public void Abandon() => Reader.Dispose();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_ended)
        {
            return;
        }

        buffer.CopyTo(_pipe.Writer.GetSpan(buffer.Length));
        _pipe.Writer.Advance(buffer.Length);

        // The thread is the connection's own: to block it is the purpose.
        var flush = _pipe.Writer.FlushAsync();
        if (!flush.IsCompleted)
        {
            flush.AsTask().GetAwaiter().GetResult();
        }
    }

    public override void Flush()
    {
        // Each piece is flushed as it comes.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _ended = true;
        _pipe.Writer.Complete();
        base.Dispose(disposing);
    }
}

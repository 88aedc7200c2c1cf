namespace CodeRepoOperator.Api.Archives;

/// <summary>
/// Writes to a reader who has to keep pace. Kestrel's own limit for a response (<c>MinDataRate</c>) is one for the whole of it: who took
/// megabytes into the buffers of the network at once may be idle for minutes after that.
/// </summary>
/// <param name="output">The body of the response.</param>
/// <param name="giveUp">Called when the reader is too slow; has the write end.</param>
/// <param name="time">For the limit.</param>
internal sealed class PacedOutput(Stream output, Action giveUp, TimeProvider time) : Stream
{
    /// <summary>
    /// How long the reader may take for what is written at once, which is at most <see cref="ArchiveCompression.PieceLength"/>.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <inheritdoc />
    public override bool CanRead => false;

    /// <inheritdoc />
    public override bool CanSeek => false;

    /// <inheritdoc />
    public override bool CanWrite => true;

    /// <inheritdoc />
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc />
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc />
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        await using var giving = limit.Token.Register(giveUp);
        await output.WriteAsync(buffer, cancellationToken);
    }

    /// <inheritdoc />
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc />
    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        await using var giving = limit.Token.Register(giveUp);
        await output.FlushAsync(cancellationToken);
    }

    /// <inheritdoc />
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void Flush() => throw new NotSupportedException();

    /// <inheritdoc />
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc />
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void SetLength(long value) => throw new NotSupportedException();
}

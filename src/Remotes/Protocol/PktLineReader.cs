using System.Buffers.Text;
using System.Globalization;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Protocol;

/// <summary>Reads pkt-lines: four hexadecimal digits of length, themselves included, then the payload.</summary>
/// <param name="stream">A remote's response.</param>
/// <param name="limit">How many bytes may come; more is a failed transfer.</param>
internal sealed class PktLineReader(Stream stream, long limit)
{
    /// <summary>Bytes of a line's length.</summary>
    public const int Header = 4;

    // The protocol's maximum: LARGE_PACKET_MAX.
    private const int MaximumLine = 65520;

    private readonly byte[] _buffer = new byte[2 * MaximumLine];
    private long _limit = limit;
    private int _start;
    private int _end;
    private long _received;

    /// <summary>Begins to count anew: several responses may come over one stream.</summary>
    /// <param name="bytes">How many may come from now on.</param>
    public void Allow(long bytes) => (_limit, _received) = (bytes, 0);

    /// <summary>Reads the next line, or the end of the stream.</summary>
    /// <exception cref="RemoteFailureException">What came is no pkt-line, is cut short, or is too much.</exception>
    public async ValueTask<PktLine> ReadAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(Header, cancellationToken))
        {
            return _end == _start ? new PktLine(PktKind.End, default) : throw CutShort();
        }

        var length = Length(_buffer.AsSpan(_start, Header));
        if (length < Header)
        {
            _start += Header;
            return new PktLine(
                length switch
                {
                    0 => PktKind.Flush,
                    1 => PktKind.Delimiter,
                    2 => PktKind.ResponseEnd,
                    _ => throw Malformed(),
                },
                default
            );
        }

        if (length > MaximumLine)
        {
            throw Malformed();
        }

        if (!await FillAsync(length, cancellationToken))
        {
            throw CutShort();
        }

        var payload = _buffer.AsMemory(_start + Header, length - Header);
        _start += length;
        return new PktLine(PktKind.Data, payload);
    }

    /// <summary>Whether these bytes come next; they stay unread.</summary>
    public async ValueTask<bool> StartsWithAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        await FillAsync(bytes.Length, cancellationToken) && _buffer.AsSpan(_start, bytes.Length).SequenceEqual(bytes.Span);

    /// <summary>Reads some of what comes without lines; valid until the next read. Empty: the end.</summary>
    /// <exception cref="RemoteFailureException">It is too much.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadBareAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(1, cancellationToken))
        {
            return default;
        }

        var piece = _buffer.AsMemory(_start, _end - _start);
        _start = _end;
        return piece;
    }

    /// <summary>The failure of a response that is not what the protocol asks for.</summary>
    public static RemoteFailureException Malformed() =>
        new(
            Reasons.TransferFailed,
            "The remote's response is not what the git protocol asks for: check that the URL leads to a git repository."
        );

    /// <summary>The failure of a response that ends early.</summary>
    public static RemoteFailureException CutShort() =>
        new(Reasons.TransferFailed, "The remote's response ended in the middle: the connection or the server broke; it is tried again.");

    /// <summary>The failure of a response that goes on beyond all measure.</summary>
    /// <param name="limit">How much is read of such a response, in words.</param>
    public static RemoteFailureException TooMuch(string limit) =>
        new(
            Reasons.TransferFailed,
            $"The remote's response exceeds {limit}, more than is read of such a response: check that the URL leads to a git "
                + "repository, and ask whoever runs the remote."
        );

    private static int Length(ReadOnlySpan<byte> digits) =>
        Utf8Parser.TryParse(digits, out int length, out var consumed, 'x') && consumed == Header ? length : throw Malformed();

    private async ValueTask<bool> FillAsync(int needed, CancellationToken cancellationToken)
    {
        if (_start + needed > _buffer.Length)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        while (_end - _start < needed)
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0)
            {
                return false;
            }

            _end += read;
            _received += read;
            if (_received > _limit)
            {
                throw TooMuch(string.Create(CultureInfo.InvariantCulture, $"{_limit} bytes"));
            }
        }

        return true;
    }
}

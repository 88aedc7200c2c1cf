using System.IO.Compression;

namespace GitServer;

/// <summary>Sends a body, as far and as fast as the fault allows.</summary>
internal sealed class FaultyBody : IAsyncDisposable
{
    private readonly HttpContext _context;
    private readonly RequestFault _fault;
    private readonly Action<long> _count;
    private readonly GZipStream? _gzip;
    private long _sent;

    public FaultyBody(HttpContext context, RequestFault fault, Action<long> count)
    {
        (_context, _fault, _count) = (context, fault, count);
        if (fault.Compress)
        {
            context.Response.Headers.ContentEncoding = "gzip";
            _gzip = new GZipStream(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true);
        }
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        var body = _gzip ?? _context.Response.Body;
        while (!piece.IsEmpty)
        {
            var left = Math.Min(_fault.HangAfter ?? long.MaxValue, _fault.CutAfter ?? long.MaxValue) - _sent;
            if (left == 0)
            {
                await StopAsync(cancellationToken);
            }

            var length = (int)Math.Min(_fault.Drip ? 1 : piece.Length, left);
            await body.WriteAsync(Flipped(piece[..length]), cancellationToken);
            await body.FlushAsync(cancellationToken);
            _sent += length;
            _count(length);
            piece = piece[length..];
            if (_fault.Drip)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_gzip is not null && !_context.RequestAborted.IsCancellationRequested)
        {
            await _gzip.DisposeAsync();
        }
    }

    private ReadOnlyMemory<byte> Flipped(ReadOnlyMemory<byte> piece)
    {
        if (_fault.Flip is not { } at || at < _sent || at >= _sent + piece.Length)
        {
            return piece;
        }

        var copy = piece.ToArray();
        copy[at - _sent] ^= 0xff;
        return copy;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_fault.CutAfter is not null)
        {
            _context.Abort();
            throw new OperationCanceledException();
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }
}

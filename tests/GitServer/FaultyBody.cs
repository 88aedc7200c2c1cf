namespace GitServer;

/// <summary>Sends a body, as far and as fast as the fault allows.</summary>
internal sealed class FaultyBody(HttpContext context, RequestFault fault, Action<long> count)
{
    private long _sent;

    public async Task WriteAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        while (!piece.IsEmpty)
        {
            var left = Math.Min(fault.HangAfter ?? long.MaxValue, fault.CutAfter ?? long.MaxValue) - _sent;
            if (left == 0)
            {
                await StopAsync(cancellationToken);
            }

            var length = (int)Math.Min(fault.Drip ? 1 : piece.Length, left);
            await context.Response.Body.WriteAsync(piece[..length], cancellationToken);
            await context.Response.Body.FlushAsync(cancellationToken);
            _sent += length;
            count(length);
            piece = piece[length..];
            if (fault.Drip)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
            }
        }
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        if (fault.CutAfter is not null)
        {
            context.Abort();
            throw new OperationCanceledException();
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }
}

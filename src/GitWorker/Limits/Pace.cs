namespace CodeRepoOperator.GitWorker.Limits;

/// <summary>Keeps reading to so many bytes a second. Time in which nothing was read is not caught up.</summary>
internal sealed class Pace(double bytesPerSecond, TimeProvider time)
{
    /// <summary>As fast as it goes.</summary>
    public static Pace Unlimited() => new(double.PositiveInfinity, TimeProvider.System);

    /// <summary>Below this a wait costs more than it spares.</summary>
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(20);

    private readonly long _start = time.GetTimestamp();
    private TimeSpan _paidUntil;

    /// <summary>How much was read so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Waits until so much may have been read.</summary>
    public async ValueTask SpendAsync(long bytes, CancellationToken cancellationToken)
    {
        Bytes += bytes;
        var now = time.GetElapsedTime(_start);
        _paidUntil = (_paidUntil > now ? _paidUntil : now) + TimeSpan.FromSeconds((double)bytes / bytesPerSecond);
        if (_paidUntil - now >= ShortestWait)
        {
            await Task.Delay(_paidUntil - now, time, cancellationToken);
        }
    }
}

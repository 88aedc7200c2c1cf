namespace CodeRepoOperator.Api.Webhooks;

/// <summary>
/// The deliveries of the last minutes, by the digests of what was signed: one that somebody caught and sends again does nothing. Beyond
/// that time, or when more have come since than are kept, it has a branch looked up once more, and that is all.
/// </summary>
internal sealed class HookDeliveries(TimeSpan memory, TimeProvider time)
{
    /// <summary>Some hundred kilobytes.</summary>
    private const int Most = 4096;

    /// <summary>Guards both: an entry is in each or in none.</summary>
    private readonly Lock _lock = new();
    private readonly Queue<(string Digest, long At)> _order = new();
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <param name="digest">What distinguishes it from others.</param>
    /// <returns>Whether it is new.</returns>
    public bool TryAdd(string digest)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            while (_order.TryPeek(out var oldest) && (time.GetElapsedTime(oldest.At, now) >= memory || _order.Count >= Most))
            {
                _known.Remove(_order.Dequeue().Digest);
            }

            if (!_known.Add(digest))
            {
                return false;
            }

            _order.Enqueue((digest, now));
            return true;
        }
    }

    /// <summary>Takes a delivery out that was not acted upon: it may be sent again.</summary>
    public void Remove(string digest)
    {
        lock (_lock)
        {
            // Its place in the order is left behind. At worst one that is sent again is forgotten sooner.
            _known.Remove(digest);
        }
    }
}

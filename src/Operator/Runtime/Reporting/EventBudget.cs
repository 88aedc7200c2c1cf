using System.Threading.RateLimiting;

namespace CodeRepoOperator.Runtime.Reporting;

/// <summary>
/// How many events each object may have: what flaps must not fill the API server's store. A burst, then one in a while, as
/// client-go's EventCorrelator has it (<c>defaultSpamBurst</c>, <c>defaultSpamQPS</c> in tools/record/events_cache.go).
/// </summary>
/// <param name="refill">How long until one more is allowed.</param>
/// <param name="time">The clock.</param>
internal sealed class EventBudget(TimeSpan refill, TimeProvider time) : IDisposable
{
    /// <summary>How many at once.</summary>
    public const int Burst = 25;

    /// <summary>How long until one more is allowed.</summary>
    public static readonly TimeSpan Refill = TimeSpan.FromMinutes(5);

    /// <summary>Guards the buckets: one that is full again is thrown away, and must not be one that is being used.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Bucket> _buckets = [];
    private long _tidiedAt = time.GetTimestamp();

    /// <summary>How many objects are kept account of: those that had events lately.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _buckets.Count;
            }
        }
    }

    /// <summary>Takes one event out of an object's budget, if there is one left.</summary>
    /// <param name="uid">The object.</param>
    public EventVerdict TryTake(string uid)
    {
        lock (_lock)
        {
            TidyWhileLocked();
            if (!_buckets.TryGetValue(uid, out var bucket))
            {
                _buckets[uid] = bucket = new Bucket(refill);
            }

            bucket.Limiter.TryReplenish();
            using var permit = bucket.Limiter.AttemptAcquire();
            var verdict =
                permit.IsAcquired ? EventVerdict.Publish
                : bucket.IsDry ? EventVerdict.Drop
                : EventVerdict.DropFirst;
            bucket.IsDry = !permit.IsAcquired;
            return verdict;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var bucket in _buckets.Values)
            {
                bucket.Limiter.Dispose();
            }

            _buckets.Clear();
        }
    }

    /// <summary>A full bucket says nothing: its object had no event for long, or is gone.</summary>
    private void TidyWhileLocked()
    {
        if (time.GetElapsedTime(_tidiedAt) < refill)
        {
            return;
        }

        _tidiedAt = time.GetTimestamp();
        foreach (var (uid, bucket) in _buckets)
        {
            bucket.Limiter.TryReplenish();
            if (bucket.Limiter.GetStatistics()?.CurrentAvailablePermits == Burst)
            {
                _buckets.Remove(uid);
                bucket.Limiter.Dispose();
            }
        }
    }

    private sealed class Bucket(TimeSpan refill)
    {
        /// <summary>Without a timer of its own: it is refilled when it is looked at.</summary>
        public TokenBucketRateLimiter Limiter { get; } =
            new(
                new TokenBucketRateLimiterOptions
                {
                    TokenLimit = Burst,
                    TokensPerPeriod = 1,
                    ReplenishmentPeriod = refill,
                    AutoReplenishment = false,
                }
            );

        public bool IsDry { get; set; }
    }
}

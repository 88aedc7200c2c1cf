using System.Threading.RateLimiting;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Api.Serving;

/// <summary>
/// How often each of many may ask. Not a partitioned limiter, which has a timer that ticks ten times a second for as long as it lives, and
/// knows no bound: here a limiter that nobody has asked for a while is as good as a new one, and goes.
/// </summary>
/// <param name="perSecond">How often on average; 0: without limit.</param>
internal sealed class RequestLimits(int perSecond) : IDisposable
{
    /// <summary>What may come at once, in seconds' worth: a herd of callers that starts together.</summary>
    private const int Burst = 10;

    /// <summary>How many are kept: the rarest asked go first.</summary>
    private const int Bound = 20_000;

    private const int StepsPerSecond = 10;

    private readonly MemoryCache _limiters = new(Options.Create(new MemoryCacheOptions { SizeLimit = Bound }), NullLoggerFactory.Instance);

    /// <param name="who">Who asks.</param>
    /// <returns>After how long it is worth asking again; null: it may go on now.</returns>
    public TimeSpan? Take(string who)
    {
        if (perSecond == 0)
        {
            return null;
        }

        var limiter = _limiters.TryGetValue(who, out TokenBucketRateLimiter? known) ? known! : Remember(who);
        limiter.TryReplenish();
        using var lease = limiter.AttemptAcquire();
        return lease.IsAcquired ? null
            : lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait
            : TimeSpan.FromSeconds(1);
    }

    /// <inheritdoc />
    public void Dispose() => _limiters.Dispose();

    private TokenBucketRateLimiter Remember(string who)
    {
        var steps = perSecond % StepsPerSecond == 0 ? StepsPerSecond : 1;
        var limiter = new TokenBucketRateLimiter(
            new TokenBucketRateLimiterOptions
            {
                AutoReplenishment = false,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1) / steps,
                TokensPerPeriod = perSecond / steps,
                TokenLimit = perSecond * Burst,
                QueueLimit = 0,
            }
        );

        // Full again by then.
        return _limiters.Set(who, limiter, new MemoryCacheEntryOptions { Size = 1, SlidingExpiration = TimeSpan.FromSeconds(2 * Burst) });
    }
}

using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Api.Callers;

/// <summary>
/// What the API server said, for a while. Good and bad are kept apart, and each has its bound: whoever makes up tokens pushes out
/// nobody's good one.
/// </summary>
/// <typeparam name="TKey">What it was asked about.</typeparam>
internal sealed class VerdictCache<TKey>(TimeProvider time) : IDisposable
    where TKey : struct
{
    /// <summary>Of each kind: some megabytes in all, and enough for each pod of a large cluster.</summary>
    private const int Bound = 20_000;

    private readonly MemoryCache _good = New();
    private readonly MemoryCache _bad = New();

    /// <summary>What was said; null: nothing, or it is too long ago.</summary>
    public CallerVerdict? Find(TKey key)
    {
        object boxed = key;
        return
            (_good.TryGetValue(boxed, out CallerVerdict? verdict) || _bad.TryGetValue(boxed, out verdict))
            && !verdict!.Until.HasPassed(time)
            ? verdict
            : null;
    }

    /// <summary>Remembers what was said.</summary>
    public void Keep(TKey key, CallerVerdict verdict)
    {
        var left = verdict.Until.Left(time);
        if (left > TimeSpan.Zero)
        {
            var options = new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = left };
            (verdict.Problem is null ? _good : _bad).Set(key, verdict, options);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _good.Dispose();
        _bad.Dispose();
    }

    private static MemoryCache New() => new(Options.Create(new MemoryCacheOptions { SizeLimit = Bound }), NullLoggerFactory.Instance);
}

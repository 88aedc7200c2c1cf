using System.Threading.RateLimiting;
using CodeRepoOperator.Api.Serving;
using CodeRepoOperator.Timing;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Api.Archives;

/// <summary>How many archives are made at once.</summary>
internal sealed class ArchiveSlots(IOptions<ApiOptions> options, TimeProvider time) : IDisposable
{
    /// <summary>How many requests may wait; each costs a connection. Those beyond get no slot.</summary>
    private const int LongestQueue = 256;

    private readonly ConcurrencyLimiter _slots = new(
        new ConcurrencyLimiterOptions
        {
            PermitLimit = options.Value.MaxArchives,
            QueueLimit = LongestQueue,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        }
    );

    /// <param name="wait">How long to wait for it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The slot, which is free again once it is disposed of; null: there is none.</returns>
    public async Task<IDisposable?> TakeAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        // A slot that is free is for those as well who do not wait: no time at all has elapsed before anything is tried.
        if (_slots.AttemptAcquire(permitCount: 1) is { IsAcquired: true } free)
        {
            return free;
        }

        using var timeout = new LinkedTimeout(wait, time, cancellationToken);
        try
        {
            var slot = await _slots.AcquireAsync(permitCount: 1, timeout.Token);
            if (slot.IsAcquired)
            {
                return slot;
            }

            slot.Dispose();
            return null;
        }
        catch (OperationCanceledException) when (timeout.HasElapsed)
        {
            return null;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _slots.Dispose();
}

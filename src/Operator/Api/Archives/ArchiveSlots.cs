using System.Threading.RateLimiting;
using CodeRepoOperator.Api.Serving;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Api.Archives;

/// <summary>How many archives are made at once.</summary>
internal sealed class ArchiveSlots(IOptions<ApiOptions> options) : IDisposable
{
    /// <summary>How many requests may wait; each costs a connection. Those beyond get no slot.</summary>
    private const int LongestQueue = 256;

    private readonly ConcurrencyLimiter _slots = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = options.Value.MaxArchives,
        QueueLimit = LongestQueue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>Takes one.</summary>
    /// <param name="wait">How long to wait for it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The slot, which is free again once it is disposed of; null: there is none.</returns>
    public async Task<IDisposable?> TakeAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ended.CancelAfter(wait);
        try
        {
            var slot = await _slots.AcquireAsync(permitCount: 1, ended.Token);
            if (slot.IsAcquired)
            {
                return slot;
            }

            slot.Dispose();
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _slots.Dispose();
}

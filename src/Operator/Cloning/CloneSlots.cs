using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime;
using CodeRepoOperator.Runtime.Queueing;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning;

/// <summary>
/// The clones that may run at once: <see cref="StoreOptions.MaxConcurrentClones"/>, and of one host its share of them. The
/// others wait in the order they came, those first that somebody waits for by then.
/// </summary>
/// <remarks>Not a ConcurrencyLimiter: it knows neither priorities nor two limits for one place in the queue.</remarks>
internal sealed class CloneSlots : IDisposable
{
    private readonly HostShares _shares;
    private readonly IQueueOrder<CodeRepo> _order;
    private readonly int _total;

    /// <summary>Guards the fields below: whoever is let in leaves the queue and takes the place in one step.</summary>
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiting = [];
    private readonly Dictionary<string, int> _running = [];

    public CloneSlots(HostShares shares, IQueueOrder<CodeRepo> order, IOptions<StoreOptions> options)
    {
        (_shares, _order, _total) = (shares, order, options.Value.MaxConcurrentClones);
        shares.Widened += LetIn;
    }

    /// <summary>Waits for a place.</summary>
    /// <param name="key">Whose clone it is.</param>
    /// <param name="host">Where it comes from.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The place; disposing it gives it back.</returns>
    public async Task<IDisposable> TakeAsync(EntityKey key, string host, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(key, host);
        lock (_lock)
        {
            _waiting.AddLast(waiter);
            LetInWhileLocked();
        }

        try
        {
            await waiter.LetIn.Task.WaitAsync(cancellationToken);
            return new Slot(() => Leave(host));
        }
        catch (OperationCanceledException)
        {
            GiveUp(waiter);
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _shares.Widened -= LetIn;

    private void LetIn()
    {
        lock (_lock)
        {
            LetInWhileLocked();
        }
    }

    private void GiveUp(Waiter waiter)
    {
        lock (_lock)
        {
            if (_waiting.Remove(waiter))
            {
                return;
            }
        }

        // It was let in at the same moment.
        Leave(waiter.Host);
    }

    private void Leave(string host)
    {
        lock (_lock)
        {
            CountWhileLocked(host, -1);
            LetInWhileLocked();
        }
    }

    private void LetInWhileLocked()
    {
        while (_running.Values.Sum() < _total
            && _waiting.Where(HasRoomWhileLocked).MinBy(waiter => !_order.TurnOf(waiter.Key).IsAwaited) is { } next)
        {
            _waiting.Remove(next);
            CountWhileLocked(next.Host, 1);
            next.LetIn.SetResult();
        }
    }

    private bool HasRoomWhileLocked(Waiter waiter) => _running.GetValueOrDefault(waiter.Host) < _shares.Of(waiter.Host, _total);

    private void CountWhileLocked(string host, int more)
    {
        var count = _running.GetValueOrDefault(host) + more;
        if (count == 0)
        {
            _running.Remove(host);
        }
        else
        {
            _running[host] = count;
        }
    }

    private sealed class Waiter(EntityKey key, string host)
    {
        public EntityKey Key { get; } = key;

        public string Host { get; } = host;

        public TaskCompletionSource LetIn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Slot(Action dispose) : IDisposable
    {
        private Action? _dispose = dispose;

        public void Dispose() => Interlocked.Exchange(ref _dispose, null)?.Invoke();
    }
}

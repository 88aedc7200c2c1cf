using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Queueing;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>
/// The clones that may run at once: <see cref="StoreOptions.MaxConcurrentClones"/>, shared by namespace and by host
/// (<see cref="FairQueue"/>), and a few more for clones that were lost and for namespaces that have hardly one running.
/// </summary>
internal sealed class CloneSlots : IDisposable
{
    private readonly HostShares _shares;
    private readonly IQueueOrder<CodeRepo> _order;

    /// <summary>Guards the fields below: whoever is let in leaves the queue and takes the place in one step.</summary>
    private readonly Lock _lock = new();
    private readonly FairQueue _queue;
    private readonly Dictionary<FairTicket, Waiter> _waiting = [];
    private long _number;
    private SpareSlot? _spare;

    public CloneSlots(HostShares shares, IQueueOrder<CodeRepo> order, IOptions<StoreOptions> options)
    {
        (_shares, _order) = (shares, order);
        var total = options.Value.MaxConcurrentClones;
        _queue = new FairQueue(FairLimits.ForClones(total), host => shares.Of(host, total));
        shares.Widened += LetIn;
    }

    /// <summary>Waits for a place.</summary>
    /// <param name="key">Whose clone it is.</param>
    /// <param name="host">Where it comes from.</param>
    /// <param name="isHealing">Whether it is made again because it was lost.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The place; disposing it gives it back.</returns>
    public async Task<IDisposable> TakeAsync(NamespacedName key, string host, bool isHealing, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(key, host, isHealing);
        lock (_lock)
        {
            waiter.Number = _number++;
            EnterWhileLocked(waiter);
            LetInWhileLocked();
        }

        try
        {
            await waiter.LetIn.Task.WaitAsync(cancellationToken);
            return new Slot(() => Leave(waiter));
        }
        catch (OperationCanceledException)
        {
            GiveUp(waiter);
            throw;
        }
    }

    /// <summary>
    /// Takes a place that nobody needs, for what nobody waits for. It is to be given back as soon as it is recalled: then somebody waits
    /// who would have had it.
    /// </summary>
    /// <returns>The place, which disposing it gives back; null: there is none, or it is taken already, for there is one at most.</returns>
    public SpareSlot? TryTakeSpare()
    {
        lock (_lock)
        {
            if (_spare is not null || !_queue.CanLend)
            {
                return null;
            }

            _queue.Lent = 1;
            return _spare = new SpareSlot(ReturnSpare);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _shares.Widened -= LetIn;

    private void LetIn()
    {
        lock (_lock)
        {
            MoveUpWhileLocked();
            LetInWhileLocked();
        }
    }

    private void GiveUp(Waiter waiter)
    {
        lock (_lock)
        {
            if (_waiting.Remove(waiter.Ticket))
            {
                _queue.Leave(waiter.Ticket);
                return;
            }
        }

        // It was let in at the same moment.
        Leave(waiter);
    }

    private void Leave(Waiter waiter)
    {
        lock (_lock)
        {
            _queue.Free(waiter.Ticket);
            MoveUpWhileLocked();
            LetInWhileLocked();
        }
    }

    private void ReturnSpare(SpareSlot spare)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_spare, spare))
            {
                (_spare, _queue.Lent) = (null, 0);
                MoveUpWhileLocked();
                LetInWhileLocked();
            }
        }
    }

    private void EnterWhileLocked(Waiter waiter)
    {
        var priority = new QueuePriority(waiter.Host, _order.PriorityOf(waiter.Key).IsAwaited, waiter.IsHealing);
        waiter.Ticket = _queue.Enter(waiter.Key, priority, waiter.Number);
        _waiting[waiter.Ticket] = waiter;
    }

    /// <summary>Those that somebody waits for by now move up. Each of those that wait has a worker, so there are few.</summary>
    private void MoveUpWhileLocked()
    {
        foreach (
            var waiter in _waiting
                .Values.Where(waiter => !waiter.Ticket.Priority.IsAwaited && _order.PriorityOf(waiter.Key).IsAwaited)
                .ToList()
        )
        {
            _waiting.Remove(waiter.Ticket);
            _queue.Leave(waiter.Ticket);
            EnterWhileLocked(waiter);
        }
    }

    private void LetInWhileLocked()
    {
        while (_queue.Next() is { } next)
        {
            _queue.Take(next);
            _waiting.Remove(next, out var waiter);
            waiter!.LetIn.SetResult();
        }

        RecallSpareWhileLocked();
    }

    /// <summary>Only for one who would have the place: who waits for a host that hangs keeps it from nobody.</summary>
    private void RecallSpareWhileLocked()
    {
        if (_spare is not null)
        {
            _queue.Lent = 0;
            if (_queue.Next() is not null)
            {
                _spare.Recall();
            }

            _queue.Lent = 1;
        }
    }

    private sealed class Waiter(NamespacedName key, string host, bool isHealing)
    {
        public NamespacedName Key { get; } = key;

        public string Host { get; } = host;

        public bool IsHealing { get; } = isHealing;

        public long Number { get; set; }

        public FairTicket Ticket { get; set; } = null!;

        public TaskCompletionSource LetIn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Slot(Action dispose) : IDisposable
    {
        private Action? _dispose = dispose;

        public void Dispose() => Interlocked.Exchange(ref _dispose, null)?.Invoke();
    }
}

using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Runtime.Queueing;

/// <summary>
/// The keys of objects that want work. A key is in it once, however often it is added; it is worked on by one worker at a
/// time; what is added meanwhile is worked on once more afterwards. A key that waits for its time and is added runs at
/// once, and the wait is forgotten: the two make one run. Workers are shared by namespace and by group (<see cref="FairQueue"/>): what
/// a key waits for may hang, and the others must not wait with it. All times are of the monotonic clock.
/// </summary>
/// <typeparam name="TEntity">The kind of object that the keys name.</typeparam>
internal sealed class WorkQueue<TEntity> : IDisposable
{
    /// <summary>
    /// How long a key is worked on before its worker counts no more: by then it waits for something, and costs nothing. Less would have
    /// more run at once than is wanted; more would keep others waiting for as long.
    /// </summary>
    private static readonly TimeSpan LongRun = TimeSpan.FromSeconds(5);

    /// <summary>The shortest wait of a timer: one that rings a moment too early must not ring at once again.</summary>
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private readonly TimeProvider _time;
    private readonly Backoff _backoff;
    private readonly IQueueOrder<TEntity> _order;
    private readonly IRetryObserver<TEntity> _retries;

    /// <summary>Guards all fields below: a key's state and its places in the queues change together.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<NamespacedName, Entry> _entries = [];
    private readonly FairQueue _ready;
    private readonly PriorityQueue<(NamespacedName Key, Entry Entry, TimeSpan Due), TimeSpan> _waiting = new();

    /// <summary>What is worked on and not parked, longest first, with the time at which it will have run for long.</summary>
    private readonly LinkedList<(Entry Entry, TimeSpan Due)> _running = new();
    private readonly long _startedAt;
    private long _readied;

    /// <summary>Lets one worker look for a key; it lets the next one look when there is another that can be taken.</summary>
    private readonly SemaphoreSlim _looks = new(0);
    private readonly ITimer _timer;

    public WorkQueue(TimeProvider time, Backoff backoff, IQueueOrder<TEntity> order, IRetryObserver<TEntity> retries)
    {
        _time = time;
        _backoff = backoff;
        _order = order;
        _retries = retries;
        _startedAt = time.GetTimestamp();
        var limits = FairLimits.ForWorkers(order.Places);
        _ready = new FairQueue(limits, order.WidthOf);
        Workers = limits.Total;
        order.Widened += WakeWorker;
        _timer = time.CreateTimer(_ => WakeWaiting(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The time since the start, by the monotonic clock: a wall clock that is set must not make anything late or early.</summary>
    private TimeSpan Now => _time.GetElapsedTime(_startedAt);

    private enum State
    {
        Idle,
        Waiting,
        Ready,
        Working,
        WorkingAndAdded,
    }

    /// <summary>How many keys may be worked on at once, with all reserves: so many workers are needed.</summary>
    public int Workers { get; }

    /// <summary>How many keys are ready and not yet taken.</summary>
    public int Depth
    {
        get
        {
            lock (_lock)
            {
                return _entries.Values.Count(entry => entry.State == State.Ready);
            }
        }
    }

    /// <summary>How long the key has been ready that has been so the longest; zero when none is.</summary>
    public TimeSpan OldestAge
    {
        get
        {
            lock (_lock)
            {
                var now = Now;
                return _entries
                    .Values.Where(entry => entry.State == State.Ready)
                    .Aggregate(TimeSpan.Zero, (oldest, entry) => now - entry.ReadySince > oldest ? now - entry.ReadySince : oldest);
            }
        }
    }

    /// <summary>
    /// Asks for a run as soon as a worker is free. What is asked for anew is tried anew: the back-off begins at its shortest.
    /// </summary>
    public void Add(NamespacedName key)
    {
        var priority = _order.PriorityOf(key);
        lock (_lock)
        {
            var entry = EntryWhileLocked(key);
            entry.Failures = 0;
            if (entry.State == State.Working)
            {
                entry.State = State.WorkingAndAdded;
            }
            else
            {
                MoveUpWhileLocked(key, entry, priority);
            }
        }
    }

    /// <summary>
    /// Asks for a run for somebody who waits for it. Unlike <see cref="Add"/> it leaves a back-off as it is, and joins what is under
    /// way: that runs once more only if it succeeds, since then it may have done its work before it was asked to.
    /// </summary>
    public void AddWithPriority(NamespacedName key)
    {
        var priority = _order.PriorityOf(key);
        lock (_lock)
        {
            var entry = EntryWhileLocked(key);
            if (entry.State == State.Working)
            {
                entry.IsUrged = true;
            }
            else if (RetryInWhileLocked(entry) is null)
            {
                MoveUpWhileLocked(key, entry, priority);
            }
        }
    }

    /// <summary>How long until a key is tried again that failed; null: it did not fail, or is being tried.</summary>
    public TimeSpan? RetryIn(NamespacedName key)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(key, out var entry) ? RetryInWhileLocked(entry) : null;
        }
    }

    /// <summary>Waits for a key and takes it. It must be given back by one of the other methods.</summary>
    public async Task<NamespacedName> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _looks.WaitAsync(cancellationToken);
            lock (_lock)
            {
                if (_ready.Next() is { } next)
                {
                    _ready.Take(next);
                    var entry = _entries[next.Key];
                    entry.State = State.Working;
                    if (next.Priority.Class != WorkClass.Local)
                    {
                        entry.Running = _running.AddLast((entry, Now + LongRun));
                        SetTimerWhileLocked();
                    }

                    WakeWorkerWhileLocked();
                    return next.Key;
                }
            }
        }
    }

    /// <summary>Gives a key back after a success: its failures are forgotten.</summary>
    /// <param name="key">The key.</param>
    /// <param name="requeueAfter">When to run again without being asked; null: not at all.</param>
    public void Succeeded(NamespacedName key, TimeSpan? requeueAfter)
    {
        lock (_lock)
        {
            var entry = _entries[key];
            entry.Failures = 0;
            GiveBackWhileLocked(key, entry, entry.IsUrged ? TimeSpan.Zero : requeueAfter);
        }
    }

    /// <summary>Gives a key back after a failure.</summary>
    /// <param name="key">The key.</param>
    /// <param name="retryAfter">When to try again; null: after a back-off that grows with each failure.</param>
    public void Failed(NamespacedName key, TimeSpan? retryAfter)
    {
        if (Failed(key, entry => retryAfter ?? _backoff.After(entry.Failures)) is { } wait)
        {
            _retries.RetryScheduled(key, wait);
        }
    }

    /// <summary>Gives a key back after a failure that says nothing about the object: the back-off grows no longer than this.</summary>
    public void FailedForNow(NamespacedName key, TimeSpan longestWait) => Failed(key, entry => _backoff.After(entry.Failures, longestWait));

    /// <inheritdoc />
    public void Dispose()
    {
        _order.Widened -= WakeWorker;
        _timer.Dispose();
        _looks.Dispose();
    }

    /// <returns>How long until it is tried again; null: at once, since it was added meanwhile.</returns>
    private TimeSpan? Failed(NamespacedName key, Func<Entry, TimeSpan> wait)
    {
        lock (_lock)
        {
            var entry = _entries[key];
            entry.Failures++;
            GiveBackWhileLocked(key, entry, wait(entry));
            return RetryInWhileLocked(entry);
        }
    }

    private Entry EntryWhileLocked(NamespacedName key)
    {
        if (!_entries.TryGetValue(key, out var entry))
        {
            _entries[key] = entry = new Entry();
        }

        return entry;
    }

    private TimeSpan? RetryInWhileLocked(Entry entry) =>
        entry is { State: State.Waiting, Failures: > 0 } && entry.Due - Now is var left && left > TimeSpan.Zero ? left : null;

    /// <summary>Has a key that nobody works on taken as soon as may be.</summary>
    private void MoveUpWhileLocked(NamespacedName key, Entry entry, QueuePriority priority)
    {
        if (entry.State is State.Idle or State.Waiting)
        {
            MakeReadyWhileLocked(key, entry, priority);
        }
        else if (entry.State == State.Ready && entry.Ticket.Priority != priority)
        {
            _ready.Leave(entry.Ticket);
            LineUpWhileLocked(key, entry, priority);
        }
    }

    private void GiveBackWhileLocked(NamespacedName key, Entry entry, TimeSpan? wait)
    {
        NoLongRunWhileLocked(entry);
        _ready.Free(entry.Ticket);
        entry.IsUrged = false;
        if (entry.State == State.WorkingAndAdded || wait <= TimeSpan.Zero)
        {
            MakeReadyWhileLocked(key, entry, _order.PriorityOf(key));
        }
        else if (wait is { } later)
        {
            entry.State = State.Waiting;
            entry.Due = Now + later;
            _waiting.Enqueue((key, entry, entry.Due), entry.Due);
        }
        else
        {
            _entries.Remove(key);
        }

        ParkWhileLocked();
        SetTimerWhileLocked();
        WakeWorkerWhileLocked();
    }

    private void MakeReadyWhileLocked(NamespacedName key, Entry entry, QueuePriority priority)
    {
        entry.State = State.Ready;
        entry.ReadySince = Now;
        entry.Number = _readied++;
        LineUpWhileLocked(key, entry, priority);
    }

    private void LineUpWhileLocked(NamespacedName key, Entry entry, QueuePriority priority)
    {
        entry.Ticket = _ready.Enter(key, priority, entry.Number);

        // Not whose turn it is: a list adds thousands.
        if (_looks.CurrentCount == 0 && _ready.HasRoomFor(entry.Ticket))
        {
            _looks.Release();
        }
    }

    private void WakeWorker()
    {
        lock (_lock)
        {
            WakeWorkerWhileLocked();
        }
    }

    private void WakeWorkerWhileLocked()
    {
        if (_looks.CurrentCount == 0 && _ready.Next() is not null)
        {
            _looks.Release();
        }
    }

    private void WakeWaiting()
    {
        lock (_lock)
        {
            var now = Now;
            while (_waiting.TryPeek(out var head, out var due) && due <= now)
            {
                _waiting.Dequeue();
                if (IsCurrent(head))
                {
                    MakeReadyWhileLocked(head.Key, head.Entry, _order.PriorityOf(head.Key));
                }
            }

            if (ParkWhileLocked())
            {
                WakeWorkerWhileLocked();
            }

            SetTimerWhileLocked();
        }
    }

    /// <summary>Parks what has run for long, while there is room for it.</summary>
    private bool ParkWhileLocked()
    {
        var (now, parked) = (Now, false);
        while (_running.First is { } head && head.Value.Due <= now && _ready.CanPark)
        {
            _ready.Park(head.Value.Entry.Ticket);
            NoLongRunWhileLocked(head.Value.Entry);
            parked = true;
        }

        return parked;
    }

    private void NoLongRunWhileLocked(Entry entry)
    {
        if (entry.Running is { } running)
        {
            _running.Remove(running);
            entry.Running = null;
        }
    }

    private void SetTimerWhileLocked()
    {
        while (_waiting.TryPeek(out var head, out _) && !IsCurrent(head))
        {
            _waiting.Dequeue();
        }

        TimeSpan? next = _waiting.TryPeek(out _, out var due) ? due : null;
        if (_ready.CanPark && _running.First is { } running && (next is null || running.Value.Due < next))
        {
            next = running.Value.Due;
        }

        if (next is { } at)
        {
            var wait = at - Now;
            _timer.Change(wait > ShortestWait ? wait : ShortestWait, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>A key that was added while it waited leaves its old place in the queue behind.</summary>
    private static bool IsCurrent((NamespacedName Key, Entry Entry, TimeSpan Due) waiting) =>
        waiting.Entry.State == State.Waiting && waiting.Entry.Due == waiting.Due;

    private sealed class Entry
    {
        public State State { get; set; }

        public int Failures { get; set; }

        /// <summary>Whether somebody who waits asked for it while it was worked on.</summary>
        public bool IsUrged { get; set; }

        /// <summary>When its wait is over, counted from the start.</summary>
        public TimeSpan Due { get; set; }

        /// <summary>Since when it is ready, counted from the start.</summary>
        public TimeSpan ReadySince { get; set; }

        /// <summary>Counts up: what was ready first goes first.</summary>
        public long Number { get; set; }

        /// <summary>Its place while it is ready or worked on.</summary>
        public FairTicket Ticket { get; set; } = null!;

        /// <summary>Its place among what may be parked; null: it is parked, or not worked on.</summary>
        public LinkedListNode<(Entry Entry, TimeSpan Due)>? Running { get; set; }
    }
}

namespace CodeRepoOperator.Runtime.Queueing;

/// <summary>
/// The keys of objects that want work. A key is in it once, however often it is added; it is worked on by one worker at a
/// time; what is added meanwhile is worked on once more afterwards. A key that waits for its time and is added runs at
/// once, and the wait is forgotten: the two make one run. Keys that somebody waits for go first. Those of one lane share
/// what the lane may take of the workers: what they wait for may hang, and the others must not wait with them.
/// </summary>
/// <typeparam name="TEntity">The kind of object that the keys name.</typeparam>
internal sealed class KeyedQueue<TEntity> : IDisposable
{
    /// <summary>For keys that wait for nothing that others wait for: it has room for all.</summary>
    private const string NoLane = "";

    private readonly TimeProvider _time;
    private readonly Backoff _backoff;
    private readonly IQueueOrder<TEntity> _order;

    /// <summary>Guards all fields below: a key's state and its places in the queues change together.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<EntityKey, Entry> _entries = [];
    private readonly Dictionary<string, Lane> _lanes = [];
    private readonly PriorityQueue<(EntityKey Key, Entry Entry, DateTimeOffset Due), DateTimeOffset> _waiting = new();
    private long _readied;

    /// <summary>Lets one worker look for a key; it lets the next one look when there is another that can be taken.</summary>
    private readonly SemaphoreSlim _looks = new(0);
    private readonly ITimer _timer;

    public KeyedQueue(TimeProvider time, Backoff backoff, IQueueOrder<TEntity> order)
    {
        _time = time;
        _backoff = backoff;
        _order = order;
        order.Widened += WakeWorker;
        _timer = time.CreateTimer(_ => WakeWaiting(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Raised when a key was given back after a failure of its object, with the time until it is tried again.</summary>
    public event Action<EntityKey, TimeSpan>? Delayed;

    private enum State
    {
        Idle,
        Waiting,
        Ready,
        Working,
        WorkingAndAdded,
    }

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
                var now = _time.GetUtcNow();
                return _entries.Values.Where(entry => entry.State == State.Ready)
                    .Aggregate(TimeSpan.Zero, (oldest, entry) => now - entry.ReadySince > oldest ? now - entry.ReadySince : oldest);
            }
        }
    }

    /// <summary>
    /// Asks for a run as soon as a worker is free. What is asked for anew is tried anew: the back-off begins at its shortest.
    /// </summary>
    public void Add(EntityKey key)
    {
        var turn = _order.TurnOf(key);
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
                MoveUpWhileLocked(key, entry, turn);
            }
        }
    }

    /// <summary>
    /// Asks for a run for somebody who waits for it. Unlike <see cref="Add"/> it leaves a back-off as it is, and joins what is under
    /// way: that runs once more only if it succeeds, since then it may have done its work before it was asked to.
    /// </summary>
    public void Urge(EntityKey key)
    {
        var turn = _order.TurnOf(key);
        lock (_lock)
        {
            var entry = EntryWhileLocked(key);
            if (entry.State == State.Working)
            {
                entry.IsUrged = true;
            }
            else if (RetryInWhileLocked(entry) is null)
            {
                MoveUpWhileLocked(key, entry, turn);
            }
        }
    }

    /// <summary>How long until a key is tried again that failed; null: it did not fail, or is being tried.</summary>
    public TimeSpan? RetryIn(EntityKey key)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(key, out var entry) ? RetryInWhileLocked(entry) : null;
        }
    }

    /// <summary>Waits for a key and takes it. It must be given back by one of the other methods.</summary>
    public async Task<EntityKey> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _looks.WaitAsync(cancellationToken);
            lock (_lock)
            {
                if (NextWhileLocked() is { } next)
                {
                    next.Lane.Ready.Dequeue();
                    next.Lane.Working++;
                    next.Place.Entry.State = State.Working;
                    WakeWorkerWhileLocked();
                    return next.Place.Key;
                }
            }
        }
    }

    /// <summary>Gives a key back after a success: its failures are forgotten.</summary>
    /// <param name="key">The key.</param>
    /// <param name="requeueAfter">When to run again without being asked; null: not at all.</param>
    public void Succeeded(EntityKey key, TimeSpan? requeueAfter)
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
    public void Failed(EntityKey key, TimeSpan? retryAfter)
    {
        if (Failed(key, entry => retryAfter ?? _backoff.After(entry.Failures)) is { } wait)
        {
            Delayed?.Invoke(key, wait);
        }
    }

    /// <summary>Gives a key back after a failure that says nothing about the object: the back-off grows no longer than this.</summary>
    public void FailedForNow(EntityKey key, TimeSpan longestWait) => Failed(key, entry => _backoff.After(entry.Failures, longestWait));

    /// <inheritdoc />
    public void Dispose()
    {
        _order.Widened -= WakeWorker;
        _timer.Dispose();
        _looks.Dispose();
    }

    /// <returns>How long until it is tried again; null: at once, since it was added meanwhile.</returns>
    private TimeSpan? Failed(EntityKey key, Func<Entry, TimeSpan> wait)
    {
        lock (_lock)
        {
            var entry = _entries[key];
            entry.Failures++;
            GiveBackWhileLocked(key, entry, wait(entry));
            return RetryInWhileLocked(entry);
        }
    }

    private Entry EntryWhileLocked(EntityKey key)
    {
        if (!_entries.TryGetValue(key, out var entry))
        {
            _entries[key] = entry = new Entry();
        }

        return entry;
    }

    private TimeSpan? RetryInWhileLocked(Entry entry)
        => entry is { State: State.Waiting, Failures: > 0 } && entry.Due - _time.GetUtcNow() is var left && left > TimeSpan.Zero ? left : null;

    /// <summary>Has a key that nobody works on taken as soon as may be.</summary>
    private void MoveUpWhileLocked(EntityKey key, Entry entry, QueueTurn turn)
    {
        if (entry.State is State.Idle or State.Waiting)
        {
            MakeReadyWhileLocked(key, entry, turn);
        }
        else if (entry.State == State.Ready && entry.Turn != turn)
        {
            var before = entry.Turn.Lane;
            LineUpWhileLocked(key, entry, turn);
            DropIfEmptyWhileLocked(before);
        }
    }

    private void GiveBackWhileLocked(EntityKey key, Entry entry, TimeSpan? wait)
    {
        var lane = entry.Turn.Lane;
        entry.IsUrged = false;
        if (entry.State == State.WorkingAndAdded || wait <= TimeSpan.Zero)
        {
            MakeReadyWhileLocked(key, entry, _order.TurnOf(key));
        }
        else if (wait is { } later)
        {
            entry.State = State.Waiting;
            entry.Due = _time.GetUtcNow() + later;
            _waiting.Enqueue((key, entry, entry.Due), entry.Due);
            SetTimerWhileLocked();
        }
        else
        {
            _entries.Remove(key);
        }

        LaneWhileLocked(lane).Working--;
        DropIfEmptyWhileLocked(lane);
        WakeWorkerWhileLocked();
    }

    private void MakeReadyWhileLocked(EntityKey key, Entry entry, QueueTurn turn)
    {
        entry.State = State.Ready;
        entry.ReadySince = _time.GetUtcNow();
        entry.Number = _readied++;
        LineUpWhileLocked(key, entry, turn);
    }

    /// <summary>Lines a ready key up, or lines it up anew: the place that it leaves behind counts no more.</summary>
    private void LineUpWhileLocked(EntityKey key, Entry entry, QueueTurn turn)
    {
        entry.Turn = turn;
        LaneWhileLocked(turn.Lane).Ready.Enqueue(new Place(key, entry, turn), (!turn.IsAwaited, entry.Number));
        WakeWorkerWhileLocked();
    }

    /// <summary>The place whose turn it is, of those whose lane has room.</summary>
    private (Lane Lane, Place Place)? NextWhileLocked()
    {
        (Lane, Place)? next = null;
        (bool, long) nextRank = default;
        foreach (var (name, lane) in _lanes)
        {
            if (lane.Head(out var rank) is { } head
                && (next is null || rank.CompareTo(nextRank) < 0)
                && (name == NoLane || lane.Working < _order.WidthOf(name)))
            {
                (next, nextRank) = ((lane, head), rank);
            }
        }

        return next;
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
        if (_looks.CurrentCount == 0 && NextWhileLocked() is not null)
        {
            _looks.Release();
        }
    }

    /// <summary>Lanes are named by what users write: one that nobody is in is not kept.</summary>
    private void DropIfEmptyWhileLocked(string? name)
    {
        var lane = LaneWhileLocked(name);
        if (lane.Working == 0 && lane.Head(out _) is null)
        {
            _lanes.Remove(name ?? NoLane);
        }
    }

    private Lane LaneWhileLocked(string? name)
    {
        if (!_lanes.TryGetValue(name ?? NoLane, out var lane))
        {
            _lanes[name ?? NoLane] = lane = new Lane();
        }

        return lane;
    }

    private void WakeWaiting()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            while (_waiting.TryPeek(out var head, out var due) && due <= now)
            {
                _waiting.Dequeue();
                if (IsCurrent(head))
                {
                    MakeReadyWhileLocked(head.Key, head.Entry, _order.TurnOf(head.Key));
                }
            }

            SetTimerWhileLocked();
        }
    }

    private void SetTimerWhileLocked()
    {
        while (_waiting.TryPeek(out var head, out _) && !IsCurrent(head))
        {
            _waiting.Dequeue();
        }

        if (_waiting.TryPeek(out _, out var due))
        {
            var wait = due - _time.GetUtcNow();
            _timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>A key that was added while it waited leaves its old place in the queue behind.</summary>
    private static bool IsCurrent((EntityKey Key, Entry Entry, DateTimeOffset Due) waiting)
        => waiting.Entry.State == State.Waiting && waiting.Entry.Due == waiting.Due;

    private sealed class Entry
    {
        public State State { get; set; }

        public int Failures { get; set; }

        /// <summary>Whether somebody who waits asked for it while it was worked on.</summary>
        public bool IsUrged { get; set; }

        public DateTimeOffset Due { get; set; }

        public DateTimeOffset ReadySince { get; set; }

        /// <summary>Counts up: what was ready first goes first.</summary>
        public long Number { get; set; }

        public QueueTurn Turn { get; set; }
    }

    /// <summary>Where a key lined up. It counts while the entry is ready and says the same.</summary>
    private sealed record Place(EntityKey Key, Entry Entry, QueueTurn Turn);

    private sealed class Lane
    {
        public PriorityQueue<Place, (bool, long)> Ready { get; } = new();

        public int Working { get; set; }

        /// <summary>The first place that counts.</summary>
        public Place? Head(out (bool, long) rank)
        {
            while (Ready.TryPeek(out var place, out rank))
            {
                if (place.Entry.State == State.Ready && place.Entry.Number == rank.Item2 && place.Entry.Turn == place.Turn)
                {
                    return place;
                }

                Ready.Dequeue();
            }

            return null;
        }
    }
}

namespace CodeRepoOperator.Runtime.Queueing;

/// <summary>
/// The keys of objects that want work. A key is in it once, however often it is added; it is worked on by one worker at a
/// time; what is added meanwhile is worked on once more afterwards. A key that waits for its time and is added runs at
/// once, and the wait is forgotten: the two make one run.
/// </summary>
/// <typeparam name="TEntity">The kind of object that the keys name.</typeparam>
internal sealed class KeyedQueue<TEntity> : IDisposable
{
    private readonly TimeProvider _time;
    private readonly Backoff _backoff;

    /// <summary>Guards all fields below: a key's state and its place in the two queues change together.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<EntityKey, Entry> _entries = [];
    private readonly Queue<EntityKey> _ready = [];
    private readonly PriorityQueue<(EntityKey Key, Entry Entry, DateTimeOffset Due), DateTimeOffset> _waiting = new();
    private readonly SemaphoreSlim _readyCount = new(0);
    private readonly ITimer _timer;

    public KeyedQueue(TimeProvider time, Backoff backoff)
    {
        _time = time;
        _backoff = backoff;
        _timer = time.CreateTimer(_ => WakeWaiting(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

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
                return _ready.Count;
            }
        }
    }

    /// <summary>How long the key that is next has been ready; zero when none is.</summary>
    public TimeSpan OldestAge
    {
        get
        {
            lock (_lock)
            {
                return _ready.TryPeek(out var key) ? _time.GetUtcNow() - _entries[key].ReadySince : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Asks for a run as soon as a worker is free.</summary>
    public void Add(EntityKey key)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var entry))
            {
                _entries[key] = entry = new Entry();
            }

            switch (entry.State)
            {
                case State.Idle or State.Waiting:
                    MakeReadyWhileLocked(key, entry);
                    break;
                case State.Working:
                    entry.State = State.WorkingAndAdded;
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Waits for a key and takes it. It must be given back by one of the other methods.</summary>
    public async Task<EntityKey> TakeAsync(CancellationToken cancellationToken)
    {
        await _readyCount.WaitAsync(cancellationToken);
        lock (_lock)
        {
            var key = _ready.Dequeue();
            _entries[key].State = State.Working;
            return key;
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
            GiveBackWhileLocked(key, entry, requeueAfter);
        }
    }

    /// <summary>Gives a key back after a failure.</summary>
    /// <param name="key">The key.</param>
    /// <param name="retryAfter">When to try again; null: after a back-off that grows with each failure.</param>
    public void Failed(EntityKey key, TimeSpan? retryAfter)
    {
        lock (_lock)
        {
            var entry = _entries[key];
            entry.Failures++;
            GiveBackWhileLocked(key, entry, retryAfter ?? _backoff.After(entry.Failures));
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _timer.Dispose();
        _readyCount.Dispose();
    }

    private void GiveBackWhileLocked(EntityKey key, Entry entry, TimeSpan? wait)
    {
        if (entry.State == State.WorkingAndAdded || wait <= TimeSpan.Zero)
        {
            MakeReadyWhileLocked(key, entry);
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
    }

    private void MakeReadyWhileLocked(EntityKey key, Entry entry)
    {
        entry.State = State.Ready;
        entry.ReadySince = _time.GetUtcNow();
        _ready.Enqueue(key);
        _readyCount.Release();
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
                    MakeReadyWhileLocked(head.Key, head.Entry);
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

        public DateTimeOffset Due { get; set; }

        public DateTimeOffset ReadySince { get; set; }
    }
}

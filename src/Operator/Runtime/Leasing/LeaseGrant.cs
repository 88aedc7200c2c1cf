namespace CodeRepoOperator.Runtime.Leasing;

/// <summary>
/// Whether a Lease is held by this process, by the Lease's real expiry on a monotonic clock, so that a process that was stopped past it
/// knows at once that another may have taken over.
/// </summary>
/// <param name="duration">How long the Lease lasts without being renewed.</param>
/// <param name="time">The clock.</param>
internal sealed class LeaseGrant(TimeSpan duration, TimeProvider time) : IDisposable
{
    /// <summary>Guards the fields below: acquired, run out and taken over follow each other in order.</summary>
    private readonly Lock _lock = new();
    private long? _renewedAt;
    private TaskCompletionSource _held = NewWait();
    private CancellationTokenSource _lost = new();

    /// <summary>Whether it is held at this instant.</summary>
    public bool IsHeld
    {
        get
        {
            lock (_lock)
            {
                return _renewedAt is { } renewedAt && time.GetElapsedTime(renewedAt) < duration;
            }
        }
    }

    /// <summary>Whether another process holds it, as it was seen last.</summary>
    public bool IsHeldByOther { get; private set; }

    /// <inheritdoc cref="ILease.WhenHeldAsync"/>
    public async Task<CancellationToken> WhenHeldAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task held;
            lock (_lock)
            {
                if (_renewedAt is not null)
                {
                    return _lost.Token;
                }

                held = _held.Task;
            }

            await held.WaitAsync(cancellationToken);
        }
    }

    /// <summary>It was acquired or renewed.</summary>
    /// <param name="askedAt">When the API server was asked to: it may have granted it in any time since.</param>
    /// <returns>Whether it was acquired: it was not held before, or had run out.</returns>
    public bool Renew(long askedAt)
    {
        lock (_lock)
        {
            var isAcquired = _renewedAt is null;
            if (isAcquired)
            {
                IsHeldByOther = false;
                if (_lost.IsCancellationRequested)
                {
                    _lost.Dispose();
                    _lost = new CancellationTokenSource();
                }
            }

            _renewedAt = askedAt;
            _held.TrySetResult();
            return isAcquired;
        }
    }

    /// <summary>
    /// It has run out. Nothing new begins. What runs goes on: an API server that is away is no reason to end a clone, and what it made is
    /// published only if the Lease is held again by then.
    /// </summary>
    /// <returns>Whether it was held before.</returns>
    public bool Expire()
    {
        lock (_lock)
        {
            if (_renewedAt is null)
            {
                return false;
            }

            _renewedAt = null;
            _held = NewWait();
            return true;
        }
    }

    /// <summary>Another process holds it, after <see cref="Expire"/>: what runs ends too.</summary>
    public void LoseToOther()
    {
        IsHeldByOther = true;
        _lost.Cancel();
    }

    /// <inheritdoc />
    public void Dispose() => _lost.Dispose();

    private static TaskCompletionSource NewWait() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

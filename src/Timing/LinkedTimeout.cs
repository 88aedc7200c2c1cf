namespace CodeRepoOperator.Timing;

/// <summary>
/// A timeout on top of the caller's own cancellation: <see cref="Token"/> is cancelled by whichever comes first, and
/// <see cref="HasElapsed"/> distinguishes the one from the other.
/// </summary>
public sealed class LinkedTimeout : IDisposable
{
    private readonly CancellationToken _callers;
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _either;

    /// <param name="after">How long until it elapses; <see cref="Timeout.InfiniteTimeSpan"/>: never.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">The caller's own.</param>
    public LinkedTimeout(TimeSpan after, TimeProvider time, CancellationToken cancellationToken)
    {
        _callers = cancellationToken;
        _timer = new CancellationTokenSource(after, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _timer.Token);
    }

    /// <summary>For what may take so long.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>Whether the time is up while the caller still waits: a caller who has cancelled sees nothing else.</summary>
    public bool HasElapsed => _timer.IsCancellationRequested && !_callers.IsCancellationRequested;

    /// <summary>Counts from now again; one that has elapsed stays so.</summary>
    /// <param name="after">How long until it elapses.</param>
    public void Restart(TimeSpan after) => _timer.CancelAfter(after);

    /// <inheritdoc />
    public void Dispose()
    {
        _either.Dispose();
        _timer.Dispose();
    }
}

namespace CodeRepoOperator.Machinery;

/// <summary>A point that something waits at until a test lets it go on.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _arrivals;

    /// <summary>Says that it was reached. Only the first who comes has to wait.</summary>
    /// <returns>Whether this is the first.</returns>
    public bool Arrive()
    {
        var isFirst = Interlocked.Increment(ref _arrivals) == 1;
        _reached.TrySetResult();
        return isFirst;
    }

    /// <summary>Waits until it is reached.</summary>
    public Task WhenReachedAsync(CancellationToken cancellationToken) =>
        _reached.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, cancellationToken);

    /// <summary>Waits until it is open.</summary>
    public Task WhenOpenAsync(CancellationToken cancellationToken) => _open.Task.WaitAsync(cancellationToken);

    /// <summary>Lets go on who waits here.</summary>
    public void Open() => _open.TrySetResult();
}

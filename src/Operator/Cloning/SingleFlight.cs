namespace CodeRepoOperator.Cloning;

/// <summary>
/// Lets callers who want the same thing share one piece of work. One who gives up does not stop it for the others; when the
/// last one has given up it is cancelled.
/// </summary>
/// <typeparam name="TKey">What is wanted.</typeparam>
/// <typeparam name="TResult">What comes of it.</typeparam>
internal sealed class SingleFlight<TKey, TResult>
    where TKey : notnull
{
    /// <summary>Guards the flights and their passengers: joining one must not race with its last passenger leaving.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, Flight> _flights = [];

    /// <summary>Joins the work that is under way for the key, or starts it.</summary>
    /// <param name="key">What is wanted.</param>
    /// <param name="work">Does it; its token ends when nobody waits any more.</param>
    /// <param name="cancellationToken">Ends this caller's wait.</param>
    public async Task<TResult> RunAsync(TKey key, Func<CancellationToken, Task<TResult>> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Flight? flight;
        lock (_lock)
        {
            if (!_flights.TryGetValue(key, out flight))
            {
                _flights[key] = flight = new Flight();
                flight.Result = FlyAsync(key, flight, work);
            }

            flight.Passengers++;
        }

        try
        {
            return await flight.Result.WaitAsync(cancellationToken);
        }
        finally
        {
            if (Leave(key, flight))
            {
                await flight.Abandoned.CancelAsync();
                await ((Task)flight.Result).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                flight.Abandoned.Dispose();
            }
        }
    }

    private async Task<TResult> FlyAsync(TKey key, Flight flight, Func<CancellationToken, Task<TResult>> work)
    {
        // Off the caller's stack, which holds the lock.
        await Task.Yield();
        try
        {
            return await work(flight.Abandoned.Token);
        }
        finally
        {
            Land(key, flight);
        }
    }

    private bool Leave(TKey key, Flight flight)
    {
        lock (_lock)
        {
            flight.Passengers--;
            if (flight.Passengers > 0)
            {
                return false;
            }
        }

        Land(key, flight);
        return true;
    }

    private void Land(TKey key, Flight flight)
    {
        lock (_lock)
        {
            if (_flights.GetValueOrDefault(key) == flight)
            {
                _flights.Remove(key);
            }
        }
    }

    private sealed class Flight
    {
        public CancellationTokenSource Abandoned { get; } = new();

        public Task<TResult> Result { get; set; } = null!;

        public int Passengers { get; set; }
    }
}

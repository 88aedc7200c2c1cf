namespace CodeRepoOperator.Runtime.Queueing;

/// <summary>
/// Lets callers who want the same thing share one piece of work. One who gives up does not stop it for the others; when the
/// last one has given up it is cancelled. Different work in one group is done one after the other, in the order it was asked for.
/// </summary>
/// <typeparam name="TGroup">What must not be worked on twice at once.</typeparam>
/// <typeparam name="TKey">What is desired.</typeparam>
/// <typeparam name="TResult">What comes of it.</typeparam>
internal sealed class SingleFlight<TGroup, TKey, TResult>
    where TGroup : notnull
    where TKey : notnull
{
    /// <summary>Guards the groups, their flights and callers: joining one must not race with its last caller leaving.</summary>
    private readonly Lock _lock = new();
    private readonly Dictionary<TGroup, Group> _groups = [];

    /// <summary>Joins the work that is asked for already, or asks for it.</summary>
    /// <param name="group">What is worked on.</param>
    /// <param name="key">What is desired.</param>
    /// <param name="work">Does it; its token ends when nobody waits any more.</param>
    /// <param name="cancellationToken">Ends this caller's wait.</param>
    public async Task<TResult> RunAsync(
        TGroup group,
        TKey key,
        Func<CancellationToken, Task<TResult>> work,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        var flight = Join(group, key, work);
        try
        {
            return await flight.Result.WaitAsync(cancellationToken);
        }
        finally
        {
            if (Leave(flight))
            {
                await flight.Abandoned.CancelAsync();
                await ((Task)flight.Result).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                flight.Abandoned.Dispose();
            }
        }
    }

    private Flight Join(TGroup group, TKey key, Func<CancellationToken, Task<TResult>> work)
    {
        lock (_lock)
        {
            if (!_groups.TryGetValue(group, out var own))
            {
                _groups[group] = own = new Group();
            }

            // Only the last one: what was asked for after another request is not what was asked for before it.
            if (own.Last is not { IsJoining: true } flight || !flight.Key.Equals(key))
            {
                own.Last = flight = new Flight(key);
                own.Flights++;
                flight.Result = FlyAsync(group, own, flight, work);
            }

            flight.Callers++;
            return flight;
        }
    }

    private async Task<TResult> FlyAsync(TGroup group, Group own, Flight flight, Func<CancellationToken, Task<TResult>> work)
    {
        // On the caller's stack, which holds the lock: turns come in the order of the calls. The work is done off it.
        var priority = own.Free.WaitAsync(flight.Abandoned.Token);
        await Task.Yield();
        try
        {
            await priority;
            try
            {
                return await work(flight.Abandoned.Token);
            }
            finally
            {
                own.Free.Release();
            }
        }
        finally
        {
            Land(group, own, flight);
        }
    }

    private bool Leave(Flight flight)
    {
        lock (_lock)
        {
            flight.Callers--;

            // One that nobody waits for is about to be cancelled: the next caller needs one of its own.
            flight.IsJoining &= flight.Callers > 0;
            return flight.Callers == 0;
        }
    }

    private void Land(TGroup group, Group own, Flight flight)
    {
        lock (_lock)
        {
            flight.IsJoining = false;
            own.Flights--;
            if (own.Flights == 0)
            {
                _groups.Remove(group);
                own.Free.Dispose();
            }
        }
    }

    private sealed class Group
    {
        public SemaphoreSlim Free { get; } = new(1);

        public Flight? Last { get; set; }

        /// <summary>How many are under way or wait.</summary>
        public int Flights { get; set; }
    }

    private sealed class Flight(TKey key)
    {
        public TKey Key { get; } = key;

        public CancellationTokenSource Abandoned { get; } = new();

        public Task<TResult> Result { get; set; } = null!;

        public int Callers { get; set; }

        public bool IsJoining { get; set; } = true;
    }
}

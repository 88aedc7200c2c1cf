using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;

namespace CodeRepoOperator.Remotes.Hosts;

/// <summary>
/// Connects to whichever of a host's addresses responds first, as RFC 8305 ("Happy Eyeballs") has it: one that is dead costs a moment
/// and not the whole time for a connection.
/// </summary>
internal static class AddressRace
{
    /// <summary>How long an address may take before the next one is tried beside it: what the RFC recommends.</summary>
    public static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Tries the addresses one after the other, each beside those before it that have not responded yet. One that fails lets the next
    /// one begin at once.
    /// </summary>
    /// <param name="addresses">As the resolver prefers them; they are tried by turns of their families.</param>
    /// <param name="connectAsync">
    /// Connects to an address. It may call the action once it has a response: then it has won, and how it goes on is how all ends. Else it
    /// wins by its end. The token is cancelled when another one has won.
    /// </param>
    /// <param name="time">Measures the head start.</param>
    /// <param name="cancellationToken">Ends all of them.</param>
    /// <returns>The connection that won; all others are closed by then.</returns>
    /// <exception cref="Exception">
    /// What the last one failed with; <see cref="SocketError.HostNotFound"/>: there are no addresses.
    /// </exception>
    public static async Task<T> RunAsync<T>(
        IReadOnlyList<IPAddress> addresses,
        Func<IPAddress, Action, CancellationToken, Task<T>> connectAsync,
        TimeProvider time,
        CancellationToken cancellationToken
    )
        where T : class, IAsyncDisposable
    {
        var waiting = new Queue<IPAddress>(ByTurns(addresses));
        var running = new List<Contender<T>>();
        var responded = new TaskCompletionSource<Contender<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        Exception last = new SocketException((int)SocketError.HostNotFound);
        try
        {
            while (true)
            {
                if (waiting.TryDequeue(out var address))
                {
                    running.Add(new Contender<T>(address, connectAsync, responded, cancellationToken));
                }

                if (running.Count == 0)
                {
                    ExceptionDispatchInfo.Throw(last);
                }

                await NextAsync(running, responded.Task, waiting.Count > 0 ? time : null, cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                if (responded.Task.IsCompletedSuccessfully)
                {
                    return await EndAsync(await responded.Task, running);
                }

                last = running.Find(one => one.HasFailed)?.Failure ?? last;
                running.RemoveAll(one => one.HasFailed);
            }
        }
        finally
        {
            await Task.WhenAll(running.Select(one => one.LoseAsync()));
        }
    }

    /// <summary>The others end at once, while the one that has responded goes on.</summary>
    private static async Task<T> EndAsync<T>(Contender<T> winner, List<Contender<T>> running)
        where T : class, IAsyncDisposable
    {
        running.Remove(winner);
        var losing = Task.WhenAll(running.Select(one => one.LoseAsync()));
        running.Clear();
        try
        {
            return await winner.WinAsync();
        }
        finally
        {
            await losing;
        }
    }

    /// <summary>Until one of them has responded or failed, or the head start is over.</summary>
    /// <param name="running">Those that are tried.</param>
    /// <param name="responded">Ends when one has responded.</param>
    /// <param name="time">Null: there is no other one to be tried.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private static async Task NextAsync<T>(
        List<Contender<T>> running,
        Task responded,
        TimeProvider? time,
        CancellationToken cancellationToken
    )
        where T : class, IAsyncDisposable
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var wait = Task.Delay(time is null ? Timeout.InfiniteTimeSpan : HeadStart, time ?? TimeProvider.System, over.Token);
        await Task.WhenAny([.. running.Select(one => one.Connecting), responded, wait]);
        await over.CancelAsync();
    }

    private static IEnumerable<IPAddress> ByTurns(IReadOnlyList<IPAddress> addresses) =>
        addresses
            .GroupBy(address => address.AddressFamily)
            .SelectMany((family, priority) => family.Select((address, round) => (address, round, priority)))
            .OrderBy(one => one.round)
            .ThenBy(one => one.priority)
            .Select(one => one.address);

    /// <summary>An address that is tried.</summary>
    private sealed class Contender<T>
        where T : class, IAsyncDisposable
    {
        private readonly CancellationTokenSource _ended;
        private readonly Task<T> _connecting;

        public Contender(
            IPAddress address,
            Func<IPAddress, Action, CancellationToken, Task<T>> connectAsync,
            TaskCompletionSource<Contender<T>> responded,
            CancellationToken cancellationToken
        )
        {
            _ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            _connecting = ConnectAsync(address, connectAsync, responded);
        }

        public Task Connecting => _connecting;

        public bool HasFailed => _connecting.IsFaulted || _connecting.IsCanceled;

        /// <summary>What it has failed with.</summary>
        public Exception Failure => _connecting.Exception?.InnerException ?? new OperationCanceledException();

        public async Task<T> WinAsync()
        {
            using (_ended)
            {
                return await _connecting;
            }
        }

        /// <summary>Ends it, and closes what has come about meanwhile.</summary>
        public async Task LoseAsync()
        {
            using (_ended)
            {
                await _ended.CancelAsync();
                await Connecting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (_connecting.IsCompletedSuccessfully)
                {
                    await (await _connecting).DisposeAsync();
                }
            }
        }

        private async Task<T> ConnectAsync(
            IPAddress address,
            Func<IPAddress, Action, CancellationToken, Task<T>> connectAsync,
            TaskCompletionSource<Contender<T>> responded
        )
        {
            var connected = await connectAsync(address, () => responded.TrySetResult(this), _ended.Token);
            responded.TrySetResult(this);
            return connected;
        }
    }
}

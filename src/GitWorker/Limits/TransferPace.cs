using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.GitWorker.Limits;

/// <summary>
/// Ends a transfer that brings next to nothing of the pack, for it holds a place that others wait for. What a server sends beside the
/// pack to keep a connection open does not count.
/// </summary>
internal sealed class TransferPace : IDisposable
{
    /// <summary>Bytes a second on average; what git's own documentation has for <c>http.lowSpeedLimit</c> in its examples.</summary>
    public const int LeastSpeed = 1000;

    private readonly TimeSpan _most;
    private readonly CancellationTokenSource _ended;
    private readonly ITimer _timer;
    private long _received;

    /// <param name="most">How long it may be slower than <see cref="LeastSpeed"/>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the transfer as well.</param>
    public TransferPace(TimeSpan most, TimeProvider time, CancellationToken cancellationToken)
    {
        _most = most;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _timer = time.CreateTimer(_ => Judge(), state: null, most, most);
    }

    /// <summary>Cancelled once the transfer is too slow.</summary>
    public CancellationToken Token => _ended.Token;
    public bool IsTooSlow { get; private set; }

    /// <summary>What to say then.</summary>
    public RemoteFailureException Failure =>
        new(
            Reasons.Timeout,
            $"The remote sent less than {LeastSpeed} bytes a second of the repository for {_most.TotalSeconds:0} s: it is tried again; "
                + "if the server needs so long "
                + "to get ready, have the administrator raise Git:StallTimeout."
        );

    /// <summary>Counts bytes of the pack.</summary>
    public void Count(int bytes) => Interlocked.Add(ref _received, bytes);

    public void Dispose()
    {
        _timer.Dispose();
        _ended.Dispose();
    }

    private void Judge()
    {
        if (Interlocked.Exchange(ref _received, 0) < LeastSpeed * _most.TotalSeconds)
        {
            IsTooSlow = true;
            try
            {
                _ended.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The transfer ended at this moment.
            }
        }
    }
}

using Npgsql;

namespace CodeRepoOperator.IndexingClient;

/// <summary>A row that a job holds: until it finishes it, or is silent for so long that another may take it.</summary>
/// <typeparam name="TKey">The type of the table's key.</typeparam>
public sealed class IndexingClaim<TKey>
    where TKey : notnull
{
    private readonly IndexingClaims _claims;
    private readonly TimeSpan _staleAfter;

    internal IndexingClaim(IndexingClaims claims, TKey key, long token, TimeSpan staleAfter) =>
        (_claims, Key, Token, _staleAfter) = (claims, key, token, staleAfter);

    /// <summary>The row's key.</summary>
    public TKey Key { get; }

    /// <summary>What distinguishes this claim from those before and after it: each has a greater number than the one before.</summary>
    public long Token { get; }

    /// <summary>Says that the job is alive.</summary>
    /// <returns>Whether the row is still held; if not, stop: another may be at work on it, and nothing was changed.</returns>
    /// <exception cref="NpgsqlException">The database could not be asked: try again before the threshold has passed.</exception>
    public Task<bool> HeartbeatAsync(CancellationToken cancellationToken) => _claims.HeartbeatAsync(Key, Token, cancellationToken);

    /// <summary>Ends the job.</summary>
    /// <param name="status">What the row's status becomes, such as <c>indexed</c> or <c>error</c>.</param>
    /// <param name="cancellationToken">Ends the query.</param>
    /// <returns>Whether the row was still held; if not, nothing was changed, and what the job has made is not wanted.</returns>
    /// <exception cref="NpgsqlException">The database could not be asked.</exception>
    public Task<bool> FinishAsync(string status, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(status);
        return _claims.FinishAsync(Key, Token, status, cancellationToken);
    }

    /// <summary>
    /// Does the job's work while heartbeats are sent, and ends it when the row is lost. A heartbeat that does not arrive is not the
    /// end, unless none has for as long as the claim was to be good for: then another may hold the row.
    /// </summary>
    /// <param name="work">The work. Its token is cancelled when the row is lost.</param>
    /// <param name="every">How often a heartbeat is sent: a third of the threshold or less, so that one may fail.</param>
    /// <param name="time">The clock by which they are sent.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Whether the row was held to the end of the work.</returns>
    /// <exception cref="NpgsqlException">The database refused a heartbeat, or none arrived for too long. The work has ended.</exception>
    public async Task<bool> HoldWhileAsync(
        Func<CancellationToken, Task> work,
        TimeSpan every,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var working = work(ending.Token);
        var held = false;
        try
        {
            held = await BeatWhileAsync(working, every, time, ending.Token);
        }
        finally
        {
            await EndAsync(working, held, ending, cancellationToken);
        }

        return held;
    }

    /// <returns>Whether the work ended before the row was lost.</returns>
    private async Task<bool> BeatWhileAsync(Task working, TimeSpan every, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(every, time);
        var heard = time.GetTimestamp();
        while (await IsDueBeforeEndAsync(timer, working, cancellationToken))
        {
            try
            {
                if (!await HeartbeatAsync(cancellationToken))
                {
                    return false;
                }

                heard = time.GetTimestamp();
            }
            catch (NpgsqlException error) when (error.IsTransient && time.GetElapsedTime(heard) < _staleAfter)
            {
                // The next one may arrive.
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return true;
            }
        }

        return true;
    }

    private static async Task<bool> IsDueBeforeEndAsync(PeriodicTimer timer, Task working, CancellationToken cancellationToken)
    {
        var due = timer.WaitForNextTickAsync(cancellationToken).AsTask();
        return await Task.WhenAny(due, working) == due && !due.IsCanceled;
    }

    private static async Task EndAsync(Task working, bool held, CancellationTokenSource ending, CancellationToken cancellationToken)
    {
        if (!held)
        {
            await ending.CancelAsync();
        }

        try
        {
            await working;
        }
        catch (OperationCanceledException) when (!held && !cancellationToken.IsCancellationRequested)
        {
            // It ended because the row was lost, which the caller learns.
        }
    }
}

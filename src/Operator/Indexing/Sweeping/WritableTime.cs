namespace CodeRepoOperator.Indexing.Sweeping;

/// <summary>
/// Since when jobs could write their rows without a break, as far as this process has seen. Where they could not, for the server was away
/// or hung, or the table was locked, their silence is no sign of death: each has its whole threshold again.
/// </summary>
internal sealed class WritableTime(TimeProvider time)
{
    /// <summary>Heartbeats come at least that often in a threshold: what takes longer may have cost one.</summary>
    private const int Heartbeats = 3;

    /// <summary>A busy machine takes a second for a request, whatever the threshold is.</summary>
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(2);

    private DateTime? _serverStarted;
    private bool _wasAway;
    private long? _since;

    /// <summary>For how long; null: no break was seen.</summary>
    public TimeSpan? Length => _since is { } since ? time.GetElapsedTime(since) : null;

    /// <summary>Makes a request that jobs wait for as long as this process does. One that takes long is as bad as one that fails.</summary>
    /// <param name="threshold">How long jobs may be silent.</param>
    /// <param name="request">The request.</param>
    public async Task<T> WatchAsync<T>(TimeSpan threshold, Func<Task<T>> request)
    {
        var began = time.GetTimestamp();
        var response = await request();
        var took = time.GetElapsedTime(began);
        _wasAway |= took > Usual && took > threshold / Heartbeats;
        return response;
    }

    /// <summary>Notes that the table could not be written.</summary>
    public void Away() => _wasAway = true;

    /// <summary>Notes that the table could be read.</summary>
    /// <param name="serverStarted">When its server was started: another time is another server, as after a fail-over, or a restart.</param>
    public void There(DateTime serverStarted)
    {
        if (_wasAway || (_serverStarted is { } before && before != serverStarted))
        {
            _since = time.GetTimestamp();
        }

        (_wasAway, _serverStarted) = (false, serverStarted);
    }

    /// <summary>Whether silence of this length can be known.</summary>
    public bool IsLongerThan(TimeSpan threshold) => Length is not { } length || length > threshold;
}

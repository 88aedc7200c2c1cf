namespace CodeRepoOperator.Runtime.Watching;

/// <summary>How far the watch of one namespace, or of all, has come.</summary>
/// <param name="ofNamespace">The namespace; null: all.</param>
/// <param name="time">The clock.</param>
internal sealed class WatchedScope(string? ofNamespace, TimeProvider time)
{
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _heardAt = time.GetTimestamp();

    /// <summary>The namespace; null: all.</summary>
    public string? Namespace => ofNamespace;

    /// <summary>What it is called in the log.</summary>
    public string Name => ofNamespace ?? "all namespaces";

    /// <summary>What is known; null: a list must come first.</summary>
    public string? ResourceVersion { get; set; }

    /// <summary>Ends when it was listed once.</summary>
    public Task Synced => _synced.Task;

    /// <summary>Attempts that failed since it worked last.</summary>
    public int Failures { get; set; }

    /// <summary>Whether it was listed, and is watched or about to be again.</summary>
    public bool IsCurrent => Failures == 0 && _synced.Task.IsCompleted;

    /// <summary>How long nothing was heard of it from the API server.</summary>
    public TimeSpan Silence => time.GetElapsedTime(Interlocked.Read(ref _heardAt));

    /// <summary>Something was heard.</summary>
    public void Heard() => Interlocked.Exchange(ref _heardAt, time.GetTimestamp());

    /// <summary>Every object was seen, as of this version.</summary>
    public void Listed(string resourceVersion)
    {
        ResourceVersion = resourceVersion;
        Heard();
        _synced.TrySetResult();
    }
}

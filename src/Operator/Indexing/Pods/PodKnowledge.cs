using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Indexing.Pods;

/// <summary>Whether the API server lets the operator know of the pods that may hold rows.</summary>
internal sealed class PodKnowledge(IOptions<IndexingOptions> options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private long? _failedAt;

    /// <summary>The watch of each namespace.</summary>
    public IReadOnlyList<WatchedScope> Scopes { get; } =
    [.. options.Value.PodNamespaces.Select(ofNamespace => new WatchedScope(ofNamespace, time))];

    /// <summary>Whether all of them are watched, and single pods can be read where the watch does not show them.</summary>
    public bool IsWhole => Scopes.All(scope => scope.IsCurrent) && CanRead();

    /// <summary>
    /// How long a pod that could not be read counts. A sweep that goes on failing tries again; after the last such row nobody does.
    /// </summary>
    private TimeSpan Memory => TimeSpan.FromMinutes(5) + options.Value.SweepInterval;

    /// <summary>A pod was read, or is known not to be there.</summary>
    public void Read() => Set(null);

    /// <summary>A pod could not be read.</summary>
    public void ReadFailed() => Set(time.GetTimestamp());

    private void Set(long? failedAt)
    {
        lock (_lock)
        {
            _failedAt = failedAt;
        }
    }

    private bool CanRead()
    {
        lock (_lock)
        {
            return _failedAt is not { } failedAt || time.GetElapsedTime(failedAt) > Memory;
        }
    }
}

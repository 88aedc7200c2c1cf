using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Runtime.Queueing;

/// <summary>The retries that a queue has scheduled, as it reported them.</summary>
internal sealed class RecordedRetries<TEntity> : IRetryObserver<TEntity>
{
    public List<(NamespacedName Key, TimeSpan RetryIn)> All { get; } = [];

    public void RetryScheduled(NamespacedName key, TimeSpan retryIn) => All.Add((key, retryIn));
}

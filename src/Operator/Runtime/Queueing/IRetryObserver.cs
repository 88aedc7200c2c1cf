using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Runtime.Queueing;

/// <summary>Is notified when an object's work failed, as soon as it is known when it is tried again.</summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
internal interface IRetryObserver<TEntity>
{
    /// <summary>Called when a key was given back after a failure of its object, by the worker that had it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="retryIn">The time until it is tried again.</param>
    void RetryScheduled(NamespacedName key, TimeSpan retryIn);
}

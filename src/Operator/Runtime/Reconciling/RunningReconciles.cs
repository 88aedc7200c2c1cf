using System.Collections.Concurrent;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Watching;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Reconciling;

/// <summary>The reconciles that are under way.</summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
internal sealed class RunningReconciles<TEntity>(EntityCache<TEntity> cache, TimeProvider time)
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>How long a reconcile may go on after it was asked to stop before its worker counts as wedged.</summary>
    private static readonly TimeSpan WedgedAfter = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<NamespacedName, RunningReconcile<TEntity>> _running = new();

    /// <summary>Whether a worker hangs in a reconcile that should have ended.</summary>
    public bool IsWedged => _running.Values.Any(running => running.Overdue > WedgedAfter);

    /// <summary>Begins a reconcile of what the cache has.</summary>
    /// <param name="key">The object.</param>
    /// <param name="leaseLost">Ends it when another process has the lease.</param>
    /// <param name="stopping">Ends it when the operator stops.</param>
    /// <returns>The reconcile; it is over with <see cref="Remove"/>.</returns>
    public RunningReconcile<TEntity> Add(NamespacedName key, CancellationToken leaseLost, CancellationToken stopping)
    {
        var running = new RunningReconcile<TEntity>(cache.Find(key), time, leaseLost, stopping);
        _running[key] = running;

        // What changed in between was reported to nobody.
        running.EndIfSupersededBy(cache.Find(key));
        return running;
    }

    /// <summary>Ends the reconcile of an object, if there is one, and the object has changed since it began.</summary>
    public void EndIfSuperseded(NamespacedName key)
    {
        if (_running.TryGetValue(key, out var running))
        {
            running.EndIfSupersededBy(cache.Find(key));
        }
    }

    /// <summary>A reconcile is over. One that another worker has begun since, when the key was given back, stays.</summary>
    public void Remove(NamespacedName key, RunningReconcile<TEntity> running) => _running.TryRemove(KeyValuePair.Create(key, running));
}

using k8s;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Reconciling;

/// <summary>Makes the world match objects of one kind. Each key is worked on by one call at a time.</summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
public interface IEntityController<TEntity>
    where TEntity : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Called for a new or changed object, after a requeue, and once for each object after a start.</summary>
    /// <param name="entity">The object as the cache has it; not yet deleted.</param>
    /// <param name="cancellationToken">
    /// Ends when the object changes meanwhile, another process takes the lease, or the operator stops.
    /// </param>
    Task<ReconciliationResult<TEntity>> ReconcileAsync(TEntity entity, CancellationToken cancellationToken);

    /// <summary>Called for an object that is gone from the API server, with or without its finalizer having run.</summary>
    /// <param name="entity">The object as it was last seen.</param>
    /// <param name="cancellationToken">Ends when another process takes the lease or the operator stops.</param>
    Task<ReconciliationResult<TEntity>> DeletedAsync(TEntity entity, CancellationToken cancellationToken);
}

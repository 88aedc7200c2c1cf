using k8s;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Reconciling;

/// <summary>Cleans up for objects of one kind before the API server lets go of them.</summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
public interface IEntityFinalizer<TEntity>
    where TEntity : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Called for an object that is being deleted; after a success the finalizer is taken off.</summary>
    /// <param name="entity">The object, with its deletion timestamp.</param>
    /// <param name="cancellationToken">Ends when another process takes the lease or the operator stops.</param>
    Task<ReconciliationResult<TEntity>> FinalizeAsync(TEntity entity, CancellationToken cancellationToken);
}

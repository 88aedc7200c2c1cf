using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Watching;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Reconciling;

/// <summary>
/// Calls the controller or the finalizer, by what the cache has of an object, and keeps the finalizer on what is not being deleted.
/// </summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
internal sealed class EntityReconciler<TEntity>(
    EntityCache<TEntity> cache,
    IEntityController<TEntity> controller,
    IEntityFinalizer<TEntity> finalizer,
    FinalizerKeeper<TEntity> finalizers
)
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Calls the controller for an object that is gone, and for what is there under its name.</summary>
    /// <returns>How it went; null: there was nothing to do.</returns>
    public async Task<ReconciliationResult<TEntity>?> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        if (cache.FindDeleted(key) is { } gone)
        {
            var result = await controller.DeletedAsync(gone, cancellationToken);
            if (!result.IsSuccess)
            {
                return result;
            }

            cache.ForgetDeleted(key, gone);
        }

        return cache.Find(key) switch
        {
            null => null,
            { Metadata.DeletionTimestamp: null } entity => await ReconcileLiveAsync(entity, cancellationToken),
            var entity => await FinalizeAsync(entity, cancellationToken),
        };
    }

    private async Task<ReconciliationResult<TEntity>> ReconcileLiveAsync(TEntity entity, CancellationToken cancellationToken)
    {
        if (!finalizers.IsOn(entity))
        {
            entity = await finalizers.PutOnAsync(entity, cancellationToken);
        }

        return await controller.ReconcileAsync(entity, cancellationToken);
    }

    private async Task<ReconciliationResult<TEntity>?> FinalizeAsync(TEntity entity, CancellationToken cancellationToken)
    {
        if (!finalizers.IsOn(entity))
        {
            return null;
        }

        var result = await finalizer.FinalizeAsync(entity, cancellationToken);
        if (result.IsSuccess)
        {
            await finalizers.TakeOffAsync(entity, cancellationToken);
        }

        return result;
    }
}

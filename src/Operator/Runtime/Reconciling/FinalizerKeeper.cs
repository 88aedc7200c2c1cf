using System.Text.Json.Nodes;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Watching;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Reconciling;

/// <summary>Puts a finalizer on objects and takes it off, without touching anybody else's.</summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
internal sealed class FinalizerKeeper<TEntity>(IKubernetes kubernetes, EntityCache<TEntity> cache, FinalizerName<TEntity> finalizer)
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    private static readonly EntityType Type = EntityType.Of<TEntity>();

    /// <summary>Whether the finalizer is on the object.</summary>
    public bool IsOn(TEntity entity) => entity.Metadata.Finalizers?.Contains(finalizer.Value) == true;

    /// <summary>Puts the finalizer on.</summary>
    /// <returns>The object as it is now.</returns>
    public Task<TEntity> PutOnAsync(TEntity entity, CancellationToken cancellationToken) =>
        WriteAsync(entity, [.. entity.Metadata.Finalizers ?? [], finalizer.Value], cancellationToken);

    /// <summary>Takes the finalizer off: the API server may let go of the object now.</summary>
    public Task TakeOffAsync(TEntity entity, CancellationToken cancellationToken) =>
        WriteAsync(entity, [.. (entity.Metadata.Finalizers ?? []).Where(name => name != finalizer.Value)], cancellationToken);

    /// <summary>The resource version makes it a compare-and-set: a list that somebody else changed meanwhile is not overwritten.</summary>
    private async Task<TEntity> WriteAsync(TEntity entity, string[] finalizers, CancellationToken cancellationToken)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["resourceVersion"] = entity.Metadata.ResourceVersion,
                ["finalizers"] = new JsonArray([.. finalizers.Select(name => JsonValue.Create(name))]),
            },
        };
        var written = await kubernetes.CustomObjects.PatchNamespacedCustomObjectAsync<TEntity>(
            new V1Patch(patch.ToJsonString(), V1Patch.PatchType.MergePatch),
            Type.Group,
            Type.Version,
            entity.Metadata.NamespaceProperty,
            Type.Plural,
            entity.Metadata.Name,
            cancellationToken: cancellationToken
        );
        cache.StoreIfKnown(written);
        return written;
    }
}

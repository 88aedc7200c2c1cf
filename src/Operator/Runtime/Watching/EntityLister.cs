using k8s;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Watching;

/// <summary>Asks the API server which objects of one kind exist at this instant, for what the cache may not decide: it lags behind.</summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
internal sealed class EntityLister<TEntity>(IKubernetes kubernetes)
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    private const int PageSize = 500;

    private static readonly EntityType Type = EntityType.Of<TEntity>();

    /// <summary>The objects of a namespace, by name and uid. Without a resource version, so that the answer is of now.</summary>
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server refused.</exception>
    public async Task<IReadOnlySet<(EntityKey Key, string Uid)>> ListAsync(string ofNamespace, CancellationToken cancellationToken)
    {
        var existing = new HashSet<(EntityKey Key, string Uid)>();
        string? next = null;
        do
        {
            var page = await kubernetes.CustomObjects.ListNamespacedCustomObjectAsync<KubernetesList<TEntity>>(
                Type.Group, Type.Version, ofNamespace, Type.Plural, continueParameter: next, limit: PageSize, cancellationToken: cancellationToken);
            existing.UnionWith(page.Items.Select(entity => (EntityKey.Of(entity), entity.Metadata.Uid)));
            next = page.Metadata.ContinueProperty;
        }
        while (!string.IsNullOrEmpty(next));
        return existing;
    }
}

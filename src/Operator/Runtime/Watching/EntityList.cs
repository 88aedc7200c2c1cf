using k8s;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Watching;

/// <summary>Objects as a list showed them.</summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
/// <param name="Entities">The objects.</param>
/// <param name="ResourceVersion">As of when.</param>
internal sealed record EntityList<TEntity>(IReadOnlyCollection<TEntity> Entities, string ResourceVersion)
    where TEntity : class, IKubernetesObject<V1ObjectMeta>;

using k8s;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Client;

/// <summary>Names an object of one kind. What it is about is looked up when it is worked on, so that nothing stale travels.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
internal readonly record struct NamespacedName(string Namespace, string Name)
{
    /// <summary>The key of an object that came from the API server.</summary>
    public static NamespacedName Of(IKubernetesObject<V1ObjectMeta> entity) => new(entity.Metadata.NamespaceProperty, entity.Metadata.Name);

    /// <inheritdoc />
    public override string ToString() => $"{Namespace}/{Name}";
}

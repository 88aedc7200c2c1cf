using System.Reflection;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Client;

/// <summary>What the API server calls a kind of object.</summary>
/// <param name="Group">API group.</param>
/// <param name="Version">API version.</param>
/// <param name="Plural">Plural, as in request paths.</param>
internal sealed record EntityType(string Group, string Version, string Plural)
{
    /// <summary>Where the API server has them; those of the core group have a place of their own.</summary>
    public string Path => Group.Length == 0 ? $"api/{Version}" : $"apis/{Group}/{Version}";

    /// <summary>Reads the names off the type's <see cref="KubernetesEntityAttribute"/>.</summary>
    public static EntityType Of<TEntity>()
        where TEntity : IKubernetesObject<V1ObjectMeta>
    {
        var attribute = typeof(TEntity).GetCustomAttribute<KubernetesEntityAttribute>()
            ?? throw new InvalidOperationException($"{typeof(TEntity)} has no {nameof(KubernetesEntityAttribute)}.");
        return new EntityType(attribute.Group, attribute.ApiVersion, attribute.PluralName);
    }
}

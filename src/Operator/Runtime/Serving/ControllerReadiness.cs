using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Watching;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Serving;

/// <summary>A controller is ready when it knows all objects and holds its lease; what is left to do to them does not count.</summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
internal sealed class ControllerReadiness<TEntity>(Informer<TEntity> informer, LeaseHolder lease) : IReadinessCheck
    where TEntity : class, IKubernetesObject<V1ObjectMeta>
{
    /// <inheritdoc />
    public string? Missing =>
        (informer.HasSynced, lease.IsHeld) switch
        {
            (false, _) => "the objects have not been listed yet",
            (_, false) => "the lease is not held",
            _ => null,
        };
}

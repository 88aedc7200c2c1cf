using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Watching;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Indexing.Pods;

/// <summary>Lists and watches pods. Of each, who it is and its phase are kept.</summary>
internal sealed class PodReader(ApiClient kubernetes) : EntityReader<V1Pod>(kubernetes)
{
    private readonly ApiClient _kubernetes = kubernetes;

    /// <summary>Whether of two states of a pod one may be its end.</summary>
    public static bool StatusDiffers(V1Pod known, V1Pod pod) => known.Status?.Phase != pod.Status?.Phase;

    /// <inheritdoc />
    protected override V1Pod Kept(V1Pod entity) =>
        new()
        {
            Metadata = new V1ObjectMeta
            {
                NamespaceProperty = entity.Metadata.NamespaceProperty,
                Name = entity.Metadata.Name,
                Uid = entity.Metadata.Uid,
                ResourceVersion = entity.Metadata.ResourceVersion,
            },
            Status = new V1PodStatus { Phase = entity.Status?.Phase },
        };

    /// <inheritdoc />
    protected override async Task<(IList<V1Pod> Items, V1ListMeta Metadata)> PageAsync(
        string? ofNamespace,
        int? limit,
        string? next,
        CancellationToken cancellationToken
    )
    {
        var page = await _kubernetes.CoreV1.ListNamespacedPodAsync(
            ofNamespace,
            continueParameter: next,
            labelSelector: LabelSelector,
            limit: limit,
            cancellationToken: cancellationToken
        );
        return (page.Items, page.Metadata);
    }
}

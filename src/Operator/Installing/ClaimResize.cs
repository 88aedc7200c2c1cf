using CodeRepoOperator.Runtime.Client;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace CodeRepoOperator.Installing;

/// <summary>
/// Makes the claims of a StatefulSet larger and takes the StatefulSet away, its pods left running, so that it can be made with another
/// claim template: the API server lets nobody change that. It may end anywhere and be run again.
/// </summary>
internal sealed class ClaimResize(IKubernetes kubernetes, string ofNamespace, TimeProvider time, TextWriter output)
{
    /// <summary>What the claim template of the store is called.</summary>
    private const string Template = "store";

    /// <summary>What a claim's request for storage is called.</summary>
    private const string Storage = "storage";

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Reads a StatefulSet.</summary>
    /// <returns>Null: there is none.</returns>
    public Task<V1StatefulSet?> FindAsync(string name, CancellationToken cancellationToken) =>
        kubernetes.AppsV1.ReadNamespacedStatefulSetAsync(name, ofNamespace, cancellationToken: cancellationToken).OrNullAsync();

    /// <summary>Decides what is to be done.</summary>
    /// <returns>Null: nothing, since the StatefulSet has no claim template for the store.</returns>
    public async Task<ResizePlan?> PlanAsync(
        V1StatefulSet of,
        ResourceQuantity desired,
        bool keepsLarger,
        CancellationToken cancellationToken
    )
    {
        if (of.Spec.VolumeClaimTemplates?.FirstOrDefault(claim => claim.Metadata.Name == Template) is not { } template)
        {
            return null;
        }

        var claims = new List<(string Name, ResourceQuantity Size)>();
        // Scaled to none, it still has the claim of its first replica.
        for (var ordinal = 0; ordinal < Math.Max(of.Spec.Replicas ?? 1, 1); ordinal++)
        {
            var name = $"{Template}-{of.Metadata.Name}-{ordinal}";
            if (await FindClaimAsync(name, cancellationToken) is { } claim && SizeOf(claim.Spec) is { } size)
            {
                claims.Add((name, size));
            }
        }

        return ResizePlan.For(desired, SizeOf(template.Spec), claims, keepsLarger);
    }

    /// <summary>Makes a claim larger; its volume and file system follow by themselves.</summary>
    /// <exception cref="HttpOperationException">The API server refuses.</exception>
    public async Task GrowAsync(string claim, ResourceQuantity size, CancellationToken cancellationToken)
    {
        var patch = new { spec = new { resources = new { requests = new Dictionary<string, string> { [Storage] = size.ToString() } } } };
        await kubernetes.CoreV1.PatchNamespacedPersistentVolumeClaimAsync(
            new V1Patch(patch, V1Patch.PatchType.MergePatch),
            claim,
            ofNamespace,
            cancellationToken: cancellationToken
        );
        await output.WriteLineAsync($"the claim {claim} asks for {size} now");
    }

    /// <summary>Deletes the StatefulSet, without its pods, and waits until it is gone.</summary>
    /// <returns>Whether it is.</returns>
    public async Task<bool> TakeAwayAsync(V1StatefulSet set, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (set.Metadata.DeletionTimestamp is null)
        {
            var how = new V1DeleteOptions
            {
                PropagationPolicy = "Orphan",
                Preconditions = new V1Preconditions { Uid = set.Metadata.Uid },
            };
            await kubernetes.AppsV1.DeleteNamespacedStatefulSetAsync(
                set.Metadata.Name,
                ofNamespace,
                how,
                cancellationToken: cancellationToken
            );
        }

        var began = time.GetTimestamp();
        while (await FindAsync(set.Metadata.Name, cancellationToken) is { } left && left.Metadata.Uid == set.Metadata.Uid)
        {
            if (time.GetElapsedTime(began) >= patience)
            {
                return false;
            }

            await Task.Delay(LookInterval, time, cancellationToken);
        }

        await output.WriteLineAsync(
            $"the StatefulSet {set.Metadata.Name} is deleted and its pods run on: it is to be made anew, with the new size"
        );
        return true;
    }

    private static ResourceQuantity? SizeOf(V1PersistentVolumeClaimSpec claim) =>
        claim.Resources?.Requests is { } requests && requests.TryGetValue(Storage, out var size) ? size : null;

    private Task<V1PersistentVolumeClaim?> FindClaimAsync(string name, CancellationToken cancellationToken) =>
        kubernetes.CoreV1.ReadNamespacedPersistentVolumeClaimAsync(name, ofNamespace, cancellationToken: cancellationToken).OrNullAsync();
}

using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace CodeRepoOperator.Installing;

/// <summary>The StatefulSet of a release and its claim, and what the controllers would do with them: none run here.</summary>
internal sealed class VolumeFixture(KubeApiServer cluster, string ofNamespace)
{
    /// <summary>The name of the release, and so of the StatefulSet.</summary>
    public const string Release = "coderepo-operator";

    /// <summary>The claim of its replica.</summary>
    public const string Claim = "store-coderepo-operator-0";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// Once the StatefulSet is being deleted without its pods, takes off the finalizer that says so, as the garbage collector does.
    /// </summary>
    public async Task CollectGarbageAsync()
    {
        await Eventually.SeeAsync(
            "the StatefulSet is being deleted, its dependents left",
            _ => SetAsync(),
            set => set?.Metadata is { DeletionTimestamp: not null, Finalizers: ["orphan"] },
            TimeSpan.FromSeconds(30),
            Token
        );
        await cluster.Admin.AppsV1.PatchNamespacedStatefulSetAsync(
            new V1Patch("""{"metadata":{"finalizers":null}}""", V1Patch.PatchType.MergePatch),
            Release,
            ofNamespace,
            cancellationToken: Token
        );
    }

    /// <summary>The StatefulSet; null: there is none.</summary>
    public async Task<V1StatefulSet?> SetAsync()
    {
        try
        {
            return await cluster.Admin.AppsV1.ReadNamespacedStatefulSetAsync(Release, ofNamespace, cancellationToken: Token);
        }
        catch (HttpOperationException error) when (error.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>What the StatefulSet's claim template asks for.</summary>
    public async Task<string> TemplateSizeAsync() =>
        (await SetAsync())!.Spec.VolumeClaimTemplates.Single().Spec.Resources.Requests["storage"].ToString();

    /// <summary>What the claim asks for.</summary>
    public async Task<string> ClaimSizeAsync() =>
        (await cluster.Admin.CoreV1.ReadNamespacedPersistentVolumeClaimAsync(Claim, ofNamespace, cancellationToken: Token))
            .Spec.Resources.Requests["storage"]
            .ToString();

    /// <summary>The claim as the StatefulSet's controller and a provisioner would leave it: bound.</summary>
    public async Task CreateClaimAsync(string size, bool growing)
    {
        await cluster.Admin.StorageV1.CreateStorageClassAsync(
            new V1StorageClass
            {
                Metadata = new V1ObjectMeta { Name = ofNamespace },
                Provisioner = "example.com/none",
                AllowVolumeExpansion = growing,
            },
            cancellationToken: Token
        );
        var claim = await cluster.Admin.CoreV1.CreateNamespacedPersistentVolumeClaimAsync(
            new V1PersistentVolumeClaim
            {
                Metadata = new V1ObjectMeta { Name = Claim },
                Spec = new V1PersistentVolumeClaimSpec
                {
                    AccessModes = ["ReadWriteOnce"],
                    StorageClassName = ofNamespace,
                    VolumeName = ofNamespace,
                    Resources = new V1VolumeResourceRequirements
                    {
                        Requests = new Dictionary<string, ResourceQuantity> { ["storage"] = new(size) },
                    },
                },
            },
            ofNamespace,
            cancellationToken: Token
        );
        claim.Status = new V1PersistentVolumeClaimStatus
        {
            Phase = "Bound",
            Capacity = claim.Spec.Resources.Requests,
            AccessModes = ["ReadWriteOnce"],
        };
        await cluster.Admin.CoreV1.ReplaceNamespacedPersistentVolumeClaimStatusAsync(claim, Claim, ofNamespace, cancellationToken: Token);
    }

    /// <summary>The pod as the StatefulSet's controller would make it; that it is its own is what orphaning has to do with.</summary>
    public async Task CreatePodAsync()
    {
        var set = (await SetAsync())!;
        await cluster.Admin.CoreV1.CreateNamespacedServiceAccountAsync(
            new V1ServiceAccount { Metadata = new V1ObjectMeta { Name = "default" } },
            ofNamespace,
            cancellationToken: Token
        );
        await cluster.Admin.CoreV1.CreateNamespacedPodAsync(
            new V1Pod
            {
                Metadata = new V1ObjectMeta
                {
                    Name = "coderepo-operator-0",
                    Labels = set.Spec.Template.Metadata.Labels,
                    OwnerReferences =
                    [
                        new V1OwnerReference
                        {
                            ApiVersion = "apps/v1",
                            Kind = "StatefulSet",
                            Name = Release,
                            Uid = set.Metadata.Uid,
                            Controller = true,
                        },
                    ],
                },
                Spec = new V1PodSpec
                {
                    AutomountServiceAccountToken = false,
                    Containers = [new V1Container { Name = "operator", Image = "coderepo-operator:0.1.0" }],
                },
            },
            ofNamespace,
            cancellationToken: Token
        );
    }
}

using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Entities;

/// <summary>A git repository of which the operator keeps a complete clone on a persistent volume.</summary>
[KubernetesEntity(Group = Group, ApiVersion = Version, Kind = ResourceKind, PluralName = Plural)]
public sealed class CodeRepo : IKubernetesObject<V1ObjectMeta>, ISpec<CodeRepoSpec>
{
    /// <summary>API group.</summary>
    public const string Group = "coderepo.dev";

    /// <summary>API version.</summary>
    public const string Version = "v1alpha1";

    /// <summary>Kind.</summary>
    public const string ResourceKind = "CodeRepo";

    /// <summary>Plural, as it stands in request paths and RBAC rules.</summary>
    public const string Plural = "coderepos";

    /// <summary>The finalizer that keeps a deleted CodeRepo until its clone is off the volume.</summary>
    public const string CloneFinalizer = Group + "/clone";

    /// <summary>
    /// The annotation whose every new value asks for a reconcile now, remote look-up included; echoed in
    /// <see cref="CodeRepoStatus.LastHandledReconcileAt"/>.
    /// </summary>
    public const string RequestedAtAnnotation = Group + "/requestedAt";

    /// <inheritdoc />
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = $"{Group}/{Version}";

    /// <inheritdoc />
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = ResourceKind;

    /// <inheritdoc />
    [JsonPropertyName("metadata")]
    [JsonConverter(typeof(MetadataConverter))]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>What the user wants.</summary>
    [JsonPropertyName("spec")]
    [JsonConverter(typeof(SpecConverter))]
    public CodeRepoSpec Spec { get; set; } = new();

    /// <summary>What the operator has seen and done; null until its first report.</summary>
    [JsonPropertyName("status")]
    [JsonConverter(typeof(StatusConverter))]
    public CodeRepoStatus? Status { get; set; }
}

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
    /// The annotation whose every new value asks for a reconcile now, remote poll included; echoed in
    /// <see cref="CodeRepoStatus.LastHandledReconcileAt"/>.
    /// </summary>
    public const string RequestedAtAnnotation = Group + "/requestedAt";

    /// <summary>The label of a CodeRepo that a row of a database declares. Its value says which operator and table keep it.</summary>
    public const string DeclaredByLabel = Group + "/declared-by";

    /// <summary>The annotation with the key of the row that declares a CodeRepo.</summary>
    public const string DeclaredRowAnnotation = Group + "/declared-row";

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

    /// <summary>Finds a condition of the status.</summary>
    /// <param name="type">One of <see cref="ConditionTypes"/>.</param>
    /// <returns>The condition; null: the status has none of this type.</returns>
    public V1Condition? FindCondition(string type) => Status?.Conditions?.FirstOrDefault(condition => condition.Type == type);

    /// <summary>Whether a condition is True; one that the status does not have is not.</summary>
    /// <param name="type">One of <see cref="ConditionTypes"/>.</param>
    public bool IsTrue(string type) => FindCondition(type) is { Status: ConditionStatus.True };

    /// <summary>
    /// Makes a condition of the current generation. Its transition time moves with its status alone (Kubernetes API conventions).
    /// </summary>
    /// <param name="type">One of <see cref="ConditionTypes"/>.</param>
    /// <param name="status">One of <see cref="ConditionStatus"/>.</param>
    /// <param name="reason">One of <see cref="Reasons"/>.</param>
    /// <param name="message">For people.</param>
    /// <param name="now">The time of a transition.</param>
    public V1Condition MakeCondition(string type, string status, string reason, string message, DateTimeOffset now) =>
        new()
        {
            Type = type,
            Status = status,
            Reason = reason,
            Message = message,
            ObservedGeneration = Metadata.Generation,
            LastTransitionTime =
                FindCondition(type) is { } before && before.Status == status
                    ? before.LastTransitionTime
                    : CodeRepoStatus.WholeSeconds(now).UtcDateTime,
        };

    /// <summary>The value of <see cref="RequestedAtAnnotation"/>; null: no reconcile was ever requested.</summary>
    public string? FindRequestedAt() =>
        Metadata.Annotations?.TryGetValue(RequestedAtAnnotation, out var requestedAt) == true ? requestedAt : null;
}

using System.Text.Json.Serialization;

namespace CodeRepoOperator.Entities;

/// <summary>Where a clone lies: what a consumer mounts and opens.</summary>
public sealed class CodeRepoVolume
{
    /// <summary>Name of the PersistentVolumeClaim.</summary>
    [JsonPropertyName("claim")]
    public string? Claim { get; set; }

    /// <summary>Namespace of the claim.</summary>
    [JsonPropertyName("namespace")]
    public string? Namespace { get; set; }

    /// <summary>Directory of the clone below the volume's root: <c>&lt;namespace&gt;/&lt;name&gt;</c>.</summary>
    [JsonPropertyName("path")]
    public string? Path { get; set; }

    /// <summary>The node that a ReadWriteOnce claim is bound to.</summary>
    [JsonPropertyName("node")]
    public string? Node { get; set; }
}

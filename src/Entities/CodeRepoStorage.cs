using System.Text.Json.Serialization;

namespace CodeRepoOperator.Entities;

/// <summary>The volume that a CodeRepo has to itself.</summary>
public sealed class CodeRepoStorage
{
    /// <summary>Requested size, as a Kubernetes quantity (<c>5Gi</c>).</summary>
    [JsonPropertyName("size")]
    public string Size { get; set; } = "";

    /// <summary>StorageClass. Default: the cluster's.</summary>
    [JsonPropertyName("class")]
    public string? Class { get; set; }

    /// <summary>Access modes of the claim. Default: ReadWriteOnce.</summary>
    [JsonPropertyName("accessModes")]
    public IList<string>? AccessModes { get; set; }
}

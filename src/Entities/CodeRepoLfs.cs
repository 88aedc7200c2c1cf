using System.Text.Json.Serialization;

namespace CodeRepoOperator.Entities;

/// <summary>How files of Git LFS are fetched. The initializers repeat the defaults of the CRD.</summary>
public sealed class CodeRepoLfs
{
    /// <summary>Whether a file that can't be fetched fails the clone or update. Otherwise its pointer stays, and it is named.</summary>
    [JsonPropertyName("required")]
    public bool Required { get; set; }

    /// <summary>What the files may have together, as a quantity (5Gi): those that do not fit stay pointers.</summary>
    [JsonPropertyName("maxBytes")]
    public string MaxBytes { get; set; } = "5Gi";
}

using System.Text.Json.Serialization;

namespace CodeRepoOperator.Entities;

/// <summary>What a clone has of Git LFS.</summary>
public sealed class CodeRepoLfsContent
{
    /// <summary>How many files it has; those that are pointers do not count.</summary>
    [JsonPropertyName("files")]
    public int? Files { get; set; }

    /// <summary>How many bytes these have together.</summary>
    [JsonPropertyName("bytes")]
    public long? Bytes { get; set; }
}

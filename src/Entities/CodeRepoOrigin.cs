using System.Text.Json.Serialization;

namespace CodeRepoOperator.Entities;

/// <summary>What the clone on the volume is a clone of, whatever the spec asks for by now.</summary>
public sealed class CodeRepoOrigin
{
    /// <summary>The remote.</summary>
    [JsonPropertyName("url")]
    public string? Url { get; set; }

    /// <summary>By whose permission it was made; null: by a version of the operator that did not note it.</summary>
    [JsonPropertyName("access")]
    public CloneAccess? Access { get; set; }
}

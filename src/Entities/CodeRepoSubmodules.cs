using System.Text.Json.Serialization;

namespace CodeRepoOperator.Entities;

/// <summary>How submodules are fetched. The initializers repeat the defaults of the CRD.</summary>
public sealed class CodeRepoSubmodules
{
    /// <summary>Whether a submodule that can't be fetched fails the clone or update. Otherwise it is left out, and named.</summary>
    [JsonPropertyName("required")]
    public bool Required { get; set; }

    /// <summary>How deep submodules are fetched: 1 those of the repository itself, 2 those of these too.</summary>
    [JsonPropertyName("depth")]
    public int Depth { get; set; } = 4;

    /// <summary>How many submodules are fetched, those of submodules included.</summary>
    [JsonPropertyName("max")]
    public int Max { get; set; } = 200;
}

using System.Text.Json.Serialization;

namespace CodeRepoOperator.Entities;

/// <summary>What the clone on the volume has of that which a spec has to ask for. What it was not made with is absent.</summary>
public sealed class CodeRepoContent
{
    /// <summary>How many submodules it has, those in submodules counted too.</summary>
    [JsonPropertyName("submodules")]
    public int? Submodules { get; set; }

    /// <summary>Which files of Git LFS it has.</summary>
    [JsonPropertyName("lfs")]
    public CodeRepoLfsContent? Lfs { get; set; }

    /// <summary>The folders that its tree is limited to.</summary>
    [JsonPropertyName("sparse")]
    public IList<string>? Sparse { get; set; }
}

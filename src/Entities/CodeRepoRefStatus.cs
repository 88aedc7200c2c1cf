using System.Text.Json.Serialization;

namespace CodeRepoOperator.Entities;

/// <summary>What <see cref="CodeRepoSpec.Ref"/> led to.</summary>
public sealed class CodeRepoRefStatus
{
    /// <summary>What was asked for, as <see cref="CodeRepoRef.Asked"/> has it.</summary>
    [JsonPropertyName("asked")]
    public string? Asked { get; set; }

    /// <summary>The ref of the remote that is checked out, by its full name; absent where a commit was asked for.</summary>
    [JsonPropertyName("resolved")]
    public string? Resolved { get; set; }

    /// <summary>The commit that it names, 40 hexadecimal digits.</summary>
    [JsonPropertyName("commit")]
    public string? Commit { get; set; }
}

using System.Text.Json.Serialization;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>What a spec asks for by <c>submodules</c>.</summary>
/// <param name="Required">Whether one that can't be fetched fails the clone.</param>
/// <param name="Depth">How deep they are fetched; 1: only those of the repository itself.</param>
/// <param name="Max">How many are fetched.</param>
internal sealed record DesiredSubmodules(bool Required, int Depth, int Max)
{
    /// <summary>As the CRD has it: each level is a round of clones that wait for the one before.</summary>
    public const int DeepestDepth = 16;

    /// <summary>As the CRD has it: each is a clone of its own.</summary>
    public const int LargestMax = 500;

    /// <summary>Whether the CRD would have it.</summary>
    [JsonIgnore]
    public bool IsPossible => Depth is >= 1 and <= DeepestDepth && Max is >= 1 and <= LargestMax;

    /// <summary>What a spec asks for; null: no submodules.</summary>
    public static DesiredSubmodules? Of(CodeRepoSpec spec) =>
        spec.Submodules is { } asked ? new DesiredSubmodules(asked.Required, asked.Depth, asked.Max) : null;
}

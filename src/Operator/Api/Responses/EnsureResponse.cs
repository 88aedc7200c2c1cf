using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace CodeRepoOperator.Api.Responses;

/// <summary>Where the clone is, as it is written.</summary>
internal sealed record EnsureResponse : PublishedTree
{
    [SetsRequiredMembers]
    public EnsureResponse(PublishedTree tree)
        : base(tree) { }

    /// <summary>Whether it had been lost and was made again for this call.</summary>
    [JsonPropertyOrder(1)]
    public bool Recloned { get; init; }
}

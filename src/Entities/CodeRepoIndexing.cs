using System.Text.Json.Serialization;

namespace CodeRepoOperator.Entities;

/// <summary>The database row that belongs to a CodeRepo, and its patience.</summary>
public sealed class CodeRepoIndexing
{
    /// <summary>Key of the row. Default: the rows with this CodeRepo's URL and branch.</summary>
    [JsonPropertyName("id")]
    public string? Id { get; set; }

    /// <summary>How long a row may be <c>indexing</c> without a sign of life before it is reset. Default: the operator's.</summary>
    [JsonPropertyName("threshold")]
    public string? Threshold { get; set; }
}

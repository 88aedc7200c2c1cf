using System.Text.Json.Serialization;

namespace CodeRepoOperator.Entities;

/// <summary>The indexing state of the database row that belongs to a CodeRepo.</summary>
public sealed class CodeRepoIndexingStatus
{
    /// <summary>The row's status, as the database has it.</summary>
    [JsonPropertyName("status")]
    public string? Status { get; set; }

    /// <summary>When the row became <c>indexing</c>.</summary>
    [JsonPropertyName("startedAt")]
    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>Who holds the row, as the holder calls itself, such as <c>pod/NAMESPACE/NAME/UID</c>.</summary>
    [JsonPropertyName("holder")]
    public string? Holder { get; set; }

    /// <summary>How often the row was reset.</summary>
    [JsonPropertyName("resets")]
    public int? Resets { get; set; }
}

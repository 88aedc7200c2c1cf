using System.Text.Json.Serialization;
using k8s.Models;

namespace CodeRepoOperator.Entities;

/// <summary>What the operator has seen and done.</summary>
public sealed class CodeRepoStatus
{
    /// <summary>The generation of the spec that the conditions speak of.</summary>
    [JsonPropertyName("observedGeneration")]
    public long? ObservedGeneration { get; set; }

    /// <summary>See <see cref="ConditionTypes"/> and <see cref="Reasons"/>.</summary>
    [JsonPropertyName("conditions")]
    public IList<V1Condition>? Conditions { get; set; }

    /// <summary>The reason of the condition Ready: a field selector can't look into a list.</summary>
    [JsonPropertyName("reason")]
    public string? Reason { get; set; }

    /// <summary>The branch of the clone, as resolved; absent where none was asked for, or the remote's HEAD is detached.</summary>
    [JsonPropertyName("branch")]
    public string? Branch { get; set; }

    /// <summary>What <see cref="CodeRepoSpec.Ref"/> led to; absent where the clone is of a branch.</summary>
    [JsonPropertyName("ref")]
    public CodeRepoRefStatus? Ref { get; set; }

    /// <summary>The commit of the clone, 40 hexadecimal digits.</summary>
    [JsonPropertyName("commit")]
    public string? Commit { get; set; }

    /// <summary>The first 7 digits of <see cref="Commit"/>: a printer column can't shorten what it shows.</summary>
    [JsonPropertyName("short")]
    public string? ShortCommit { get; set; }

    /// <summary>What the clone was made of; kept while a lost one is made again.</summary>
    [JsonPropertyName("origin")]
    public CodeRepoOrigin? Origin { get; set; }

    /// <summary>
    /// Which submodules, files of Git LFS and folders the clone has; absent where it was made with none of these. Kept while a lost one is
    /// made again.
    /// </summary>
    [JsonPropertyName("content")]
    public CodeRepoContent? Content { get; set; }

    /// <summary>Where consumers find the clone.</summary>
    [JsonPropertyName("volume")]
    public CodeRepoVolume? Volume { get; set; }

    /// <summary>The shard of the operator that keeps the clone.</summary>
    [JsonPropertyName("shard")]
    public int? Shard { get; set; }

    /// <summary>When the clone on the volume was published.</summary>
    [JsonPropertyName("clonedAt")]
    public DateTimeOffset? ClonedAt { get; set; }

    /// <summary>When the remote last responded to a poll; moves at most once an hour when nothing else does.</summary>
    [JsonPropertyName("checkedAt")]
    public DateTimeOffset? CheckedAt { get; set; }

    /// <summary>How often the clone was lost or damaged and made again.</summary>
    [JsonPropertyName("reclones")]
    public int? Reclones { get; set; }

    /// <summary>The value of <see cref="CodeRepo.RequestedAtAnnotation"/> that was handled last.</summary>
    [JsonPropertyName("lastHandledReconcileAt")]
    public string? LastHandledReconcileAt { get; set; }

    /// <summary>The state of the database row.</summary>
    [JsonPropertyName("indexing")]
    public CodeRepoIndexingStatus? Indexing { get; set; }

    /// <summary>
    /// Fields that hold what could not be read, and are missing here; they are to be taken off before the status is written.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<string> Unreadable { get; set; } = [];

    /// <summary>
    /// A time as a status has it: the API server keeps whole seconds of a condition's time, and more would look like a change.
    /// </summary>
    public static DateTimeOffset WholeSeconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}

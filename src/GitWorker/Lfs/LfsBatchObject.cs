using System.Text.Json.Serialization;

namespace CodeRepoOperator.GitWorker.Lfs;

/// <summary>What the server says of one file.</summary>
internal sealed class LfsBatchObject
{
    public string? Oid { get; set; }

    /// <summary>Whether the requests for its actions need no login but what is in them.</summary>
    public bool Authenticated { get; set; }

    /// <summary>What can be done with it, by name.</summary>
    public IReadOnlyDictionary<string, LfsAction>? Actions { get; set; }

    /// <summary>The same as servers of before 2016 call it.</summary>
    [JsonPropertyName("_links")]
    public IReadOnlyDictionary<string, LfsAction>? Links { get; set; }

    /// <summary>Why nothing can; null: something can.</summary>
    public LfsError? Error { get; set; }
}

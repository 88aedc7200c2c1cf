using System.Text.Json.Serialization;

namespace CodeRepoOperator.Entities;

/// <summary>
/// The wanted clone. Durations are text as Go and Kubernetes write them (<c>90s</c>, <c>1h30m</c>): see <see cref="GoDuration"/>.
/// The initializers repeat the defaults of the CRD, for objects that never met an API server.
/// </summary>
public sealed class CodeRepoSpec
{
    /// <summary>URL of the git remote: https, http, ssh, or the scp-like <c>git@host:path</c>. A user, but no password.</summary>
    [JsonPropertyName("git_url")]
    public string GitUrl { get; set; } = "";

    /// <summary>The branch to clone. Default: the one that the remote's HEAD names, or its commit where it names no branch.</summary>
    [JsonPropertyName("branch")]
    public string? Branch { get; set; }

    /// <summary>A tag, a commit or another ref in place of a branch. Not beside <see cref="Branch"/>.</summary>
    [JsonPropertyName("ref")]
    public CodeRepoRef? Ref { get; set; }

    /// <summary>How submodules are fetched. Default: they are not, and are empty directories in the clone.</summary>
    [JsonPropertyName("submodules")]
    public CodeRepoSubmodules? Submodules { get; set; }

    /// <summary>How files of Git LFS are fetched. Default: they are not, and their pointers are in the clone.</summary>
    [JsonPropertyName("lfs")]
    public CodeRepoLfs? Lfs { get; set; }

    /// <summary>
    /// The folders that the clone has, as git's sparse checkout in cone mode: all that is below each, and the files that lie directly in
    /// the folders above them. Default: all.
    /// </summary>
    [JsonPropertyName("sparse")]
    public IList<string>? Sparse { get; set; }

    /// <summary>
    /// How often the remote's head is polled; not more often than the administrator allows, 10 s by default. <c>0s</c>: never after
    /// the first clone.
    /// </summary>
    [JsonPropertyName("interval")]
    public string Interval { get; set; } = "5m";

    /// <summary>
    /// How long one clone or fetch may take before it is ended and counted as failed: 1 s or more, and not longer than the administrator
    /// allows, 30 min by default.
    /// </summary>
    [JsonPropertyName("timeout")]
    public string Timeout { get; set; } = "5m";

    /// <summary>How many commits of history the clone has. 0: all of it.</summary>
    [JsonPropertyName("depth")]
    public int Depth { get; set; } = 1;

    /// <summary>When the first clone is made.</summary>
    [JsonPropertyName("policy")]
    public ClonePolicy Policy { get; set; } = ClonePolicy.Eager;

    /// <summary>Leaves the clone as it is: no polls, no healing. Deleting the CodeRepo still works.</summary>
    [JsonPropertyName("suspend")]
    public bool Suspend { get; set; }

    /// <summary>How to authenticate to the remote. Default: as the administrator has it for the host, else not at all.</summary>
    [JsonPropertyName("auth")]
    public CodeRepoAuth? Auth { get; set; }

    /// <summary>The database row whose stuck indexing is reset. Default: the rows with this URL and branch.</summary>
    [JsonPropertyName("indexing")]
    public CodeRepoIndexing? Indexing { get; set; }

    /// <summary>A volume of its own for this clone. Default: the operator's volume.</summary>
    [JsonPropertyName("storage")]
    public CodeRepoStorage? Storage { get; set; }

    /// <summary>
    /// Fields that could not be read and have their defaults here, as paths below <c>spec</c> (<c>auth.secret</c>; empty: the spec itself).
    /// Only a CRD that was changed by hand lets such values in. A spec that has any must not be acted upon.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<string> Unreadable { get; set; } = [];
}

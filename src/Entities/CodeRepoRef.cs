using System.Text.Json.Serialization;

namespace CodeRepoOperator.Entities;

/// <summary>What to check out in place of a branch: exactly one of these.</summary>
public sealed class CodeRepoRef
{
    /// <summary>A tag, by its short name (<c>v1.2.3</c>).</summary>
    [JsonPropertyName("tag")]
    public string? Tag { get; set; }

    /// <summary>A range of versions (<c>&gt;=1.2 &lt;2</c>): the tag with the highest version in it.</summary>
    [JsonPropertyName("semver")]
    public string? Semver { get; set; }

    /// <summary>A commit, 40 hexadecimal digits. The remote is polled no more once there is a clone of it.</summary>
    [JsonPropertyName("commit")]
    public string? Commit { get; set; }

    /// <summary>Any ref, by its full name (<c>refs/pull/12/head</c>).</summary>
    [JsonPropertyName("name")]
    public string? Name { get; set; }

    /// <summary>All of them that are set, in words: <c>tag v1.2.3</c>. Empty: none is.</summary>
    [JsonIgnore]
    public string Asked =>
        string.Join(
            ", ",
            new[] { ("tag", Tag), ("semver", Semver), ("commit", Commit), ("name", Name) }
                .Where(one => one.Item2 is not null)
                .Select(one => $"{one.Item1} {one.Item2}")
        );
}

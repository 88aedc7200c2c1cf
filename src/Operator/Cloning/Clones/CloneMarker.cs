using System.Text.Json.Serialization;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>
/// Says inside a clone's <c>.git</c> what it is a complete clone of. Written last, so a clone without one was never
/// finished.
/// </summary>
/// <param name="Uid">Uid of the CodeRepo.</param>
/// <param name="Url">The remote.</param>
/// <param name="WantedBranch">The branch that the spec names; null: the remote's HEAD.</param>
/// <param name="Branch">The branch that is checked out; null: the remote's HEAD is detached, and so is the clone's.</param>
/// <param name="Commit">The commit that is checked out.</param>
/// <param name="Depth">How many commits of history; 0: all of it.</param>
/// <param name="ClonedAt">When.</param>
/// <param name="Contents">What it consists of; null: published by a version that did not note it.</param>
/// <param name="Omitted">What the commit refers to and the clone does not have; null: nothing.</param>
/// <param name="CommittedAt">When the commit was made, in seconds since 1970; null: published by a version that did not note it.</param>
/// <param name="Namespace">Whose quota it counts for, in the trash too; null: published by a version that did not note it.</param>
/// <param name="Size">What it takes on the volume; null: published by a version that did not note it.</param>
/// <param name="Access">By whose permission it was made; null: published by a version that did not note it.</param>
internal sealed record CloneMarker(
    string Uid,
    string Url,
    string? WantedBranch,
    string? Branch,
    string Commit,
    int Depth,
    DateTimeOffset ClonedAt,
    CloneContents? Contents = null,
    OmittedContent? Omitted = null,
    long? CommittedAt = null,
    string? Namespace = null,
    CloneSize? Size = null,
    CloneAccess? Access = null)
{
    /// <summary>What is checked out, as it is told.</summary>
    [JsonIgnore]
    public string CheckedOut => Branch ?? "detached HEAD";

    /// <summary>Whether this is a clone of what is wanted; how new it is does not matter.</summary>
    public bool Meets(DesiredClone wanted)
        => Uid == wanted.Uid && Url == wanted.Url.ToString() && WantedBranch == wanted.Branch?.ToString() && Depth == wanted.Depth;
}

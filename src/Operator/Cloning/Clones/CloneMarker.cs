using System.Text.Json.Serialization;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>
/// Says inside a clone's <c>.git</c> what it is a complete clone of. Written last, so a clone without one was never
/// finished. The properties are in the order in which the file has them.
/// </summary>
internal sealed record CloneMarker
{
    /// <summary>Uid of the CodeRepo.</summary>
    public required string Uid { get; init; }

    /// <summary>The remote.</summary>
    public required string Url { get; init; }

    /// <summary>The branch that the spec names; null: the remote's HEAD.</summary>
    public required string? WantedBranch { get; init; }

    /// <summary>The branch that is checked out; null: none, HEAD is detached.</summary>
    public required string? Branch { get; init; }

    /// <summary>The commit that is checked out.</summary>
    public required string Commit { get; init; }

    /// <summary>How many commits of history; 0: all of it.</summary>
    public required int Depth { get; init; }

    /// <summary>When it was cloned.</summary>
    public required DateTimeOffset ClonedAt { get; init; }

    /// <summary>What it consists of; null: published by a version that did not note it.</summary>
    public CloneContents? Contents { get; init; }

    /// <summary>What the commit refers to and the clone does not have; null: nothing.</summary>
    public OmittedContent? Omitted { get; init; }

    /// <summary>When the commit was made, in seconds since 1970; null: published by a version that did not note it.</summary>
    public long? CommittedAt { get; init; }

    /// <summary>Whose quota it counts for, in the trash too; null: published by a version that did not note it.</summary>
    public string? Namespace { get; init; }

    /// <summary>What it takes on the volume; null: published by a version that did not note it.</summary>
    public CloneSize? Size { get; init; }

    /// <summary>By whose permission it was made; null: published by a version that did not note it.</summary>
    public CloneAccess? Access { get; init; }

    /// <summary>What the spec asks for by <c>ref</c>, in words; null: it has none.</summary>
    public string? WantedRef { get; init; }

    /// <summary>The tag or other ref that is checked out, by its full name; null: a branch, HEAD or a commit is.</summary>
    public string? Ref { get; init; }

    /// <summary>What it has of submodules; null: the spec asked for none.</summary>
    public ClonedSubmodules? Submodules { get; init; }

    /// <summary>What it has of Git LFS; null: the spec did not ask for it.</summary>
    public ClonedLfs? Lfs { get; init; }

    /// <summary>What a deep check is to find of Git LFS.</summary>
    [JsonIgnore]
    public LfsState LfsState =>
        Lfs is null ? LfsState.Pointers
        : Omitted?.LfsFiles.Count > 0 ? LfsState.Some
        : LfsState.Files;

    /// <summary>Whether it lacks something that another try may fetch although nothing in the repository changes.</summary>
    [JsonIgnore]
    public bool MayBeCompleted => Submodules?.MayComeLater == true || Lfs?.MayComeLater == true;

    /// <summary>Which folders it has; null: all.</summary>
    public ClonedSparse? Sparse { get; init; }

    /// <summary>What is checked out, as it is reported.</summary>
    [JsonIgnore]
    public string CheckedOut => Branch ?? Ref ?? "detached HEAD";

    /// <summary>Whether this is a clone of what is desired; how new it is does not matter.</summary>
    public bool Meets(DesiredClone desired) =>
        Uid == desired.Uid
        && Url == desired.Url.ToString()
        && WantedBranch == desired.WantedBranch
        && WantedRef == desired.AskedRef
        && Depth == desired.Depth
        && Submodules?.Asked == desired.Submodules
        && Lfs?.Asked == desired.Lfs
        && Sparse?.Asked == desired.Sparse;

    /// <summary>Whether a clone made later holds what this one does, so that it need not take its place.</summary>
    public bool HoldsAllOf(CloneMarker newer) =>
        (Uid, Url, WantedBranch, WantedRef, Depth) == (newer.Uid, newer.Url, newer.WantedBranch, newer.WantedRef, newer.Depth)
        && (Branch, Ref, Commit, Access) == (newer.Branch, newer.Ref, newer.Commit, newer.Access)
        && (Submodules, Lfs, Sparse) == (newer.Submodules, newer.Lfs, newer.Sparse)
        && Omitted == newer.Omitted;
}

using System.Text.Json.Serialization;
using CodeRepoOperator.Remotes.Submodules;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>What a clone has of submodules.</summary>
/// <param name="Asked">What the spec asked for.</param>
/// <param name="Fetched">Those that it has, each before those in it.</param>
/// <param name="MayComeLater">Whether some that it lacks may be had by another try.</param>
internal sealed record ClonedSubmodules(DesiredSubmodules Asked, IReadOnlyList<SubmodulePlace> Fetched, bool MayComeLater)
{
    /// <summary>Whether it could have been written by an operator.</summary>
    [JsonIgnore]
    public bool IsPossible =>
        Asked.IsPossible && Fetched.Count <= DesiredSubmodules.LargestMax && Fetched.All(submodule => submodule is { IsPossible: true });

    public bool Equals(ClonedSubmodules? other) =>
        other is not null && Asked == other.Asked && MayComeLater == other.MayComeLater && Fetched.SequenceEqual(other.Fetched);

    public override int GetHashCode() => HashCode.Combine(Asked, Fetched.Count);
}

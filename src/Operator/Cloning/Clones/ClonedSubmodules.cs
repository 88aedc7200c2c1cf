using System.Security.Cryptography;
using System.Text;
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

    /// <summary>Distinguishes those that it has from others.</summary>
    [JsonIgnore]
    public string Digest
    {
        get
        {
            const int Length = 16;
            var text = string.Join('\n', Fetched.Select(submodule => $"{submodule.Commit} {submodule.Path}"));
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..Length];
        }
    }

    public bool Equals(ClonedSubmodules? other) =>
        other is not null && Asked == other.Asked && MayComeLater == other.MayComeLater && Fetched.SequenceEqual(other.Fetched);

    public override int GetHashCode() => HashCode.Combine(Asked, Fetched.Count);
}

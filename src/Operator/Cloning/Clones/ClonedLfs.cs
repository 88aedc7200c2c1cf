using System.Text.Json.Serialization;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>What a clone has of Git LFS.</summary>
/// <param name="Asked">What the spec asked for.</param>
/// <param name="Files">How many files it has.</param>
/// <param name="Bytes">What they have together.</param>
/// <param name="Digest">Distinguishes those that it has from others; empty: it has none.</param>
/// <param name="MayComeLater">Whether some that it lacks may be had by another try.</param>
internal sealed record ClonedLfs(DesiredLfs Asked, int Files, long Bytes, string Digest, bool MayComeLater)
{
    private const int LongestDigest = 64;

    /// <summary>Whether it could have been written by an operator.</summary>
    [JsonIgnore]
    public bool IsPossible =>
        Asked.IsPossible && Files >= 0 && Bytes >= 0 && Digest.Length <= LongestDigest && Digest.All(char.IsAsciiHexDigitLower);
}

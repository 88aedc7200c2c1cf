using Semver;

namespace CodeRepoOperator.Remotes.Refs;

/// <summary>
/// A range of versions, in the syntax that Flux takes: comparisons (<c>&gt;=1.2 &lt;2</c>, with spaces or commas), <c>^</c>, <c>~</c>,
/// <c>1.2.x</c>, <c>1.2 - 1.4</c>, and <c>||</c> between ranges.
/// </summary>
/// <remarks>Tags may have a <c>v</c> in front and leave minor and patch out: <c>v1.2</c> is 1.2.0.</remarks>
internal sealed class VersionRange : IEquatable<VersionRange>
{
    private const SemVersionStyles OfTags = SemVersionStyles.AllowV | SemVersionStyles.OptionalMinorPatch;

    private readonly string _text;
    private readonly SemVersionRange _range;

    private VersionRange(string text, SemVersionRange range) => (_text, _range) = (text, range);

    /// <summary>Reads a range.</summary>
    /// <returns>The range; null: this is none.</returns>
    public static VersionRange? TryParse(string text)
    {
        // As for Flux: whoever names a pre-release (`>=1.0.0-0`) wants them, and nobody else.
        var isForPreReleases = text.Split([' ', ',', '|'], StringSplitOptions.RemoveEmptyEntries)
            .Any(word => word.Length > 1 && word.Contains('-'));
        return
            !string.IsNullOrWhiteSpace(text)
            && SemVersionRange.TryParseNpm(text.Replace(',', ' '), isForPreReleases, out var range)
            && range.Count > 0
            ? new VersionRange(text, range)
            : null;
    }

    /// <summary>Whether a tag has a version of the range that is higher than another's.</summary>
    /// <param name="tag">The tag, without <c>refs/tags/</c>.</param>
    /// <param name="best">The other tag; null: none.</param>
    public bool Prefers(string tag, string? best) =>
        SemVersion.TryParse(tag, OfTags, out var version)
        && _range.Contains(version)
        && (best is null || version.CompareSortOrderTo(SemVersion.Parse(best, OfTags)) > 0);

    public bool Equals(VersionRange? other) => other?._text == _text;

    public override bool Equals(object? obj) => Equals(obj as VersionRange);

    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => _text;
}

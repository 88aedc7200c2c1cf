using System.Globalization;
using System.Text;

namespace CodeRepoOperator.Cloning.Remotes;

/// <summary>Text that a remote sent, made fit to be shown.</summary>
internal static class RemoteText
{
    // A sentence or two; a status is no place for a web page.
    private const int MaximumLength = 200;

    /// <summary>Prose: what can't be seen becomes a space.</summary>
    public static string Shown(ReadOnlySpan<byte> text) => Shown(Encoding.UTF8.GetString(text[..Math.Min(text.Length, 4 * MaximumLength)]));

    /// <inheritdoc cref="Shown(ReadOnlySpan{byte})"/>
    public static string Shown(string text)
    {
        var cleaned = string.Concat(text.Trim().Take(MaximumLength).Select(c => CanBeSeen(c) ? c : ' '));
        return text.Length > MaximumLength ? cleaned + "…" : cleaned;
    }

    /// <summary>Names: what can't be seen becomes <c>\u200c</c>, so that a name that only looks like another one is told from it.</summary>
    public static string Escaped(string text)
    {
        var escaped = string.Concat(text.Take(MaximumLength).Select(
            c => CanBeSeen(c) ? c.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}")));
        return text.Length > MaximumLength || escaped.Length > MaximumLength
            ? escaped[..Math.Min(escaped.Length, MaximumLength)] + "…"
            : escaped;
    }

    // Format characters turn the direction of text or take no room; surrogates may be halves.
    private static bool CanBeSeen(char c) => c == ' ' || char.GetUnicodeCategory(c) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}

using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CodeRepoOperator.Cloning.Remotes;

/// <summary>Text that a remote sent or a user wrote, made fit to be shown.</summary>
internal static partial class RemoteText
{
    // A sentence or two; a status is no place for a web page.
    private const int MaximumLength = 200;

    // How much of it is looked at: beyond that no credential is recognised, and nothing is shown either.
    private const int MaximumRead = 8 * MaximumLength;

    /// <summary>Prose: what can't be seen becomes a space, and what looks like a credential becomes <c>***</c>.</summary>
    public static string Shown(ReadOnlySpan<byte> text) => Shown(Encoding.UTF8.GetString(text[..Math.Min(text.Length, MaximumRead)]));

    /// <inheritdoc cref="Shown(ReadOnlySpan{byte})"/>
    public static string Shown(string text)
    {
        var cleaned = string.Concat(text.Trim().Take(MaximumRead).Select(c => CanBeSeen(c) ? c : ' '));
        var redacted = CredentialPattern().Replace(cleaned, "${before}***");
        return redacted.Length > MaximumLength ? redacted[..MaximumLength] + "…" : redacted;
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

    /// <summary>Whether a name holds what would make it look like another one: control and format characters, line ends, half surrogates.</summary>
    public static bool HoldsUnseen(string name)
    {
        var rest = name.AsSpan();
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var length) != OperationStatus.Done
                || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                return true;
            }

            rest = rest[length..];
        }

        return false;
    }

    // Format characters turn the direction of text or take no room; surrogates may be halves.
    private static bool CanBeSeen(char c) => c == ' ' || char.GetUnicodeCategory(c) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    // In a URL all up to the @; after a word that announces one, the next word. A remote or what stands before it may echo ours.
    [GeneratedRegex(
        @"(?<before>://)[^\s/]+(?=@)|(?<before>\b(basic|bearer)\s+)\S+|(?<before>\b(password|passwd|token|secret|authorization)\s*[=:]\s*(basic\s+|bearer\s+)?)\S+",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex CredentialPattern();
}

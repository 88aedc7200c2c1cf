using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CodeRepoOperator.Text;

/// <summary>
/// Text that others wrote (remotes, repositories, rows, servers, users), made fit for a status, an event, a log or a response: one line,
/// no control or format characters, valid Unicode, no longer than its field takes. What quotes others uses <see cref="Shown"/> or
/// <see cref="Escaped"/>; what is sent or stored goes through <see cref="Line"/> once more.
/// </summary>
public static partial class ForeignText
{
    /// <summary>Of a quotation, in characters: a sentence or two. A status is no place for a web page.</summary>
    public const int LongestQuotation = 200;

    /// <summary>Of an error of a database or an API server, in characters: such an error says what to do.</summary>
    public const int LongestError = 500;

    /// <summary>Of a key or a status of a row, in characters.</summary>
    public const int LongestValue = 100;

    /// <summary>
    /// Of a condition's message, in bytes: the CRD takes 32,768 characters, and all of an object's conditions share what etcd takes.
    /// </summary>
    public const int LongestMessage = 8 * 1024;

    /// <summary>Of an event's note, in bytes (events.k8s.io/v1, <c>note</c>).</summary>
    public const int LongestNote = 1024;

    private const char Cut = '…';
    private const int CutBytes = 3;

    // How much of a quotation is looked at for each character that is shown: beyond that no credential is recognised, and nothing is shown
    // either.
    private const int ReadFactor = 8;

    /// <summary>Prose: what can't be seen becomes a space, and what looks like a credential becomes <c>***</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="longest">How much of it is shown, in characters.</param>
    public static string Shown(string text, int longest = LongestQuotation)
    {
        var cleaned = string.Concat(text.Trim().Take(ReadFactor * longest).Select(c => CanBeSeen(c) ? c : ' '));
        var redacted = CredentialPattern().Replace(cleaned, "${before}***");
        return redacted.Length > longest ? redacted[..longest] + Cut : redacted;
    }

    /// <summary>
    /// Names: what can't be seen becomes <c>\u200c</c>, so that a name that only looks like another one is distinguished from it.
    /// </summary>
    /// <param name="text">The name.</param>
    /// <param name="longest">How much of it is shown, in characters.</param>
    public static string Escaped(string text, int longest = LongestQuotation)
    {
        var escaped = string.Concat(
            text.Take(longest).Select(c => CanBeSeen(c) ? c.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"))
        );
        return text.Length > longest || escaped.Length > longest ? escaped[..Math.Min(escaped.Length, longest)] + Cut : escaped;
    }

    /// <summary>A whole message, with what it quotes: what can't be seen becomes a space, and it is cut to what its field takes.</summary>
    /// <param name="text">The message.</param>
    /// <param name="longestInBytes">How much its field takes, in bytes of UTF-8.</param>
    public static string Line(string text, int longestInBytes = int.MaxValue)
    {
        var line = new StringBuilder(Math.Min(text.Length, longestInBytes));
        var (bytes, end) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            // Half a surrogate pair is given as U+FFFD, which is what it becomes in JSON as well.
            var shown = CanBeSeen(rune) ? rune : new Rune(' ');
            bytes += shown.Utf8SequenceLength;
            if (bytes > longestInBytes)
            {
                line.Length = end;
                return line.Append(Cut).ToString();
            }

            line.Append(shown.ToString());
            end = bytes <= longestInBytes - CutBytes ? line.Length : end;
        }

        return line.ToString();
    }

    /// <summary>
    /// Whether a name holds what would make it look like another one: control and format characters, line ends, half surrogates.
    /// </summary>
    public static bool HoldsUnseen(string name)
    {
        var rest = name.AsSpan();
        while (!rest.IsEmpty)
        {
            if (
                Rune.DecodeFromUtf16(rest, out var rune, out var length) != OperationStatus.Done
                || Rune.GetUnicodeCategory(rune)
                    is UnicodeCategory.Control
                        or UnicodeCategory.Format
                        or UnicodeCategory.LineSeparator
                        or UnicodeCategory.ParagraphSeparator
            )
            {
                return true;
            }

            rest = rest[length..];
        }

        return false;
    }

    // Surrogates may be halves: quotations do without the characters that need them.
    private static bool CanBeSeen(char c) => !char.IsSurrogate(c) && CanBeSeen(new Rune(c));

    // Format characters turn the direction of text or take no room.
    private static bool CanBeSeen(Rune rune) =>
        rune.Value == ' '
        || Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.SpaceSeparator
            );

    // In a URL all up to the @; after a word that announces one, the next word. A remote or what stands before it may echo ours.
    [GeneratedRegex(
        @"(?<before>://)[^\s/]+(?=@)|(?<before>\b(basic|bearer)\s+)\S+"
            + @"|(?<before>\b[\w-]*(password|passwd|token|secret|authorization|api_?key)\s*[=:]\s*(basic\s+|bearer\s+)?)\S+",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex CredentialPattern();
}

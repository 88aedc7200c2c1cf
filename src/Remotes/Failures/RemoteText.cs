using System.Text;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Remotes.Failures;

/// <summary>Text that a remote sent or a repository holds, made fit to be shown: see <see cref="ForeignText"/>.</summary>
internal static class RemoteText
{
    // As much as a quotation looks at.
    private const int MaximumRead = 8 * ForeignText.LongestQuotation;

    /// <summary>Prose that a remote sent as bytes.</summary>
    public static string Shown(ReadOnlySpan<byte> text) => Shown(Encoding.UTF8.GetString(text[..Math.Min(text.Length, MaximumRead)]));

    /// <inheritdoc cref="ForeignText.Shown"/>
    public static string Shown(string text) => ForeignText.Shown(text);

    /// <inheritdoc cref="ForeignText.Escaped"/>
    public static string Escaped(string text) => ForeignText.Escaped(text);

    /// <inheritdoc cref="ForeignText.HoldsUnseen"/>
    public static bool HoldsUnseen(string name) => ForeignText.HoldsUnseen(name);
}

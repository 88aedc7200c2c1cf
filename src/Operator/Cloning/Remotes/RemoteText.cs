using System.Text;

namespace CodeRepoOperator.Cloning.Remotes;

/// <summary>Text that a remote sent, made fit to be shown.</summary>
internal static class RemoteText
{
    // A sentence or two; a status is no place for a web page.
    private const int MaximumLength = 200;

    public static string Shown(ReadOnlySpan<byte> text) => Shown(Encoding.UTF8.GetString(text[..Math.Min(text.Length, 4 * MaximumLength)]));

    public static string Shown(string text)
    {
        var cleaned = string.Concat(text.Trim().Take(MaximumLength).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c));
        return text.Length > MaximumLength ? cleaned + "…" : cleaned;
    }
}

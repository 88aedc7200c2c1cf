using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Credentials;

/// <summary>
/// Takes credentials out of text that others wrote and that is to be shown: a remote that repeats what it got, a process that
/// crashed over it. Not only as they are, but also as they travel: in URLs, in JSON, in base64.
/// </summary>
internal sealed class CredentialRedaction
{
    /// <summary>What stands where a credential stood.</summary>
    public const string Mark = "***";

    // Text that is shown is cut somewhere, and the cut may go through a credential. Less than this says nothing.
    private const int ShortestPiece = 4;
    private const char Cut = '…';

    private readonly IReadOnlyList<string> _secrets;

    public CredentialRedaction(GitCredentials? credentials)
        : this(credentials?.Secrets ?? []) { }

    public CredentialRedaction(IEnumerable<string> secrets) =>
        _secrets = [
            .. secrets
                .SelectMany(Forms)
                .Where(secret => secret.Length > 0)
                .Distinct(StringComparer.Ordinal)
                .OrderByDescending(secret => secret.Length),
        ];

    /// <summary>The text without them.</summary>
    public string Of(string text)
    {
        foreach (var secret in _secrets)
        {
            text = WithoutPieces(text.Replace(secret, Mark, StringComparison.Ordinal), secret);
        }

        return text;
    }

    /// <summary>
    /// The same failure with them out of what it quotes. Our own words stay: one that is missing there would tell that it is the password.
    /// </summary>
    public CloneFailure Of(CloneFailure failure) =>
        failure.Quoted is { Length: > 0 } quoted
            ? failure with
            {
                Message = failure.Message.Replace(quoted, Of(quoted), StringComparison.Ordinal),
                Quoted = Of(quoted),
            }
            : failure;

    private static IEnumerable<string> Forms(string secret) =>
        [
            secret,
            Uri.EscapeDataString(secret),
            JsonEncodedText.Encode(secret).Value,
            JsonEncodedText.Encode(secret, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value,
            Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)),
        ];

    /// <summary>Takes out what a cut left of a secret: its beginning, right before the cut.</summary>
    private static string WithoutPieces(string text, string secret)
    {
        for (var cut = text.IndexOf(Cut, StringComparison.Ordinal); cut >= 0; cut = text.IndexOf(Cut, cut + 1))
        {
            var before = text.AsSpan(0, cut);
            var length = Math.Min(secret.Length - 1, before.Length);
            while (length >= ShortestPiece && !before.EndsWith(secret.AsSpan(0, length), StringComparison.Ordinal))
            {
                length--;
            }

            if (length >= ShortestPiece)
            {
                text = string.Concat(before[..^length], Mark, text.AsSpan(cut));
                cut += Mark.Length - length;
            }
        }

        return text;
    }
}

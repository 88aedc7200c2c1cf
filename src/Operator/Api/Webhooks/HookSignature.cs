using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace CodeRepoOperator.Api.Webhooks;

/// <summary>
/// Finds out whether a delivery is of somebody who knows the secret. How long that takes says nothing about how close a guess was.
/// </summary>
internal static class HookSignature
{
    /// <summary>Of GitHub, and of Gitea for those who know GitHub's: <c>sha256=</c> and 64 hexadecimal digits.</summary>
    private const string GitHubHeader = "X-Hub-Signature-256";

    /// <summary>Of Gitea: 64 hexadecimal digits.</summary>
    private const string GiteaHeader = "X-Gitea-Signature";

    /// <summary>Of GitLab: the secret itself.</summary>
    private const string GitLabHeader = "X-Gitlab-Token";

    private const string GitHubPrefix = "sha256=";

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>Looks at the headers alone, before the body is read: whether there is a signature that may be good.</summary>
    /// <param name="provider">Whose it is said to be.</param>
    /// <param name="headers">The headers of the delivery.</param>
    /// <param name="secrets">Where the secrets are; those of GitLab, which sends the secret itself, are read.</param>
    public static bool MayBeGood(HookProvider provider, IHeaderDictionary headers, HookSecrets secrets)
    {
        if (provider != HookProvider.GitLab)
        {
            return ShownBy(provider, headers) is { } shown && IsDigest(shown);
        }

        // Where none can be read, that is what is responded to.
        return secrets.Read(provider) is not { Count: > 0 } good || IsSecret(headers[GitLabHeader].ToString(), good);
    }

    /// <summary>Checks a delivery.</summary>
    /// <param name="provider">Whose it is said to be.</param>
    /// <param name="headers">Its headers.</param>
    /// <param name="body">Its body as it came.</param>
    /// <param name="secrets">The secrets that are good.</param>
    public static bool IsGood(HookProvider provider, IHeaderDictionary headers, ReadOnlySpan<byte> body, IReadOnlyList<byte[]> secrets)
    {
        if (provider == HookProvider.GitLab)
        {
            return IsSecret(headers[GitLabHeader].ToString(), secrets);
        }

        return ShownBy(provider, headers) is { } shown && IsOf(shown, body, secrets);
    }

    /// <returns>The digits that stand where the signature does; null: there are none.</returns>
    private static string? ShownBy(HookProvider provider, IHeaderDictionary headers)
    {
        if (provider == HookProvider.Gitea && headers.TryGetValue(GiteaHeader, out var gitea))
        {
            return gitea.ToString();
        }

        var shown = headers[GitHubHeader].ToString();
        return shown.StartsWith(GitHubPrefix, StringComparison.Ordinal) ? shown[GitHubPrefix.Length..] : null;
    }

    private static bool IsDigest(string shown) =>
        shown.Length == 2 * HMACSHA256.HashSizeInBytes && !shown.AsSpan().ContainsAnyExcept(Digits);

    private static bool IsOf(string shown, ReadOnlySpan<byte> body, IReadOnlyList<byte[]> secrets)
    {
        if (!IsDigest(shown))
        {
            return false;
        }

        var signature = Convert.FromHexString(shown);
        var good = false;
        foreach (var secret in secrets)
        {
            good |= CryptographicOperations.FixedTimeEquals(signature, HMACSHA256.HashData(secret, body));
        }

        return good;
    }

    /// <summary>Digests are compared, which are all of one length: that of the secret is not reported either.</summary>
    private static bool IsSecret(string shown, IReadOnlyList<byte[]> secrets)
    {
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(shown));
        var good = false;
        foreach (var secret in secrets)
        {
            good |= CryptographicOperations.FixedTimeEquals(digest, SHA256.HashData(secret));
        }

        return good;
    }
}

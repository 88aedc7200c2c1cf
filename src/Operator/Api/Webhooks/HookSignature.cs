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

    /// <summary>Of Bitbucket: as GitHub's.</summary>
    private const string BitbucketHeader = "X-Hub-Signature";

    /// <summary>Of anybody, as Flux's <c>generic-hmac</c> has it: as GitHub's, or <c>sha512=</c> and 128 hexadecimal digits.</summary>
    private const string GenericHeader = "X-Signature";

    private const string Sha256Prefix = "sha256=";
    private const string Sha512Prefix = "sha512=";
    private const string BasicPrefix = "Basic ";

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>Looks at the headers alone, before the body is read: whether there is a signature that may be good.</summary>
    /// <param name="provider">Whose it is said to be.</param>
    /// <param name="headers">The headers of the delivery.</param>
    /// <param name="secrets">Where the secrets are; those of who sends the secret itself are read.</param>
    public static bool MayBeGood(HookProvider provider, IHeaderDictionary headers, HookSecrets secrets)
    {
        if (!SendsSecret(provider))
        {
            return DigestOf(provider, headers) is not null;
        }

        // Where none can be read, that is what is responded to.
        return secrets.Read(provider) is not { Count: > 0 } good || IsSecret(SecretOf(provider, headers), good);
    }

    /// <summary>Checks a delivery.</summary>
    /// <param name="provider">Whose it is said to be.</param>
    /// <param name="headers">Its headers.</param>
    /// <param name="body">Its body as it came.</param>
    /// <param name="secrets">The secrets that are good.</param>
    public static bool IsGood(HookProvider provider, IHeaderDictionary headers, ReadOnlySpan<byte> body, IReadOnlyList<byte[]> secrets) =>
        SendsSecret(provider)
            ? IsSecret(SecretOf(provider, headers), secrets)
            : DigestOf(provider, headers) is { } shown && IsOf(shown, body, secrets);

    private static bool SendsSecret(HookProvider provider) => provider is HookProvider.GitLab or HookProvider.AzureDevOps;

    private static byte[] SecretOf(HookProvider provider, IHeaderDictionary headers) =>
        provider == HookProvider.AzureDevOps
            ? PasswordOf(headers.Authorization.ToString())
            : Encoding.UTF8.GetBytes(headers[GitLabHeader].ToString());

    /// <summary>
    /// What follows the user of HTTP basic authentication (RFC 7617), which is the way in which Azure DevOps shows that it knows a secret.
    /// The user may be any.
    /// </summary>
    private static byte[] PasswordOf(string authorization)
    {
        var pair = new byte[authorization.Length];
        return
            authorization.StartsWith(BasicPrefix, StringComparison.OrdinalIgnoreCase)
            && Convert.TryFromBase64String(authorization[BasicPrefix.Length..].Trim(), pair, out var length)
            && pair.AsSpan(0, length).IndexOf((byte)':') is >= 0 and var colon
            ? pair[(colon + 1)..length]
            : [];
    }

    /// <returns>The signature that is shown; null: there is none that could be one.</returns>
    private static (HashAlgorithmName Hash, byte[] Value)? DigestOf(HookProvider provider, IHeaderDictionary headers)
    {
        if (provider == HookProvider.Gitea && headers.TryGetValue(GiteaHeader, out var gitea))
        {
            return Sha256(gitea.ToString());
        }

        var shown = headers[
            provider switch
            {
                HookProvider.Bitbucket => BitbucketHeader,
                HookProvider.Generic => GenericHeader,
                _ => GitHubHeader,
            }
        ]
            .ToString();
        return shown.StartsWith(Sha256Prefix, StringComparison.Ordinal) ? Sha256(shown[Sha256Prefix.Length..])
            : provider == HookProvider.Generic && shown.StartsWith(Sha512Prefix, StringComparison.Ordinal)
                ? Digest(HashAlgorithmName.SHA512, shown[Sha512Prefix.Length..], HMACSHA512.HashSizeInBytes)
            : null;
    }

    private static (HashAlgorithmName Hash, byte[] Value)? Sha256(string shown) =>
        Digest(HashAlgorithmName.SHA256, shown, HMACSHA256.HashSizeInBytes);

    private static (HashAlgorithmName Hash, byte[] Value)? Digest(HashAlgorithmName hash, string shown, int bytes) =>
        shown.Length == 2 * bytes && !shown.AsSpan().ContainsAnyExcept(Digits) ? (hash, Convert.FromHexString(shown)) : null;

    private static bool IsOf((HashAlgorithmName Hash, byte[] Value) shown, ReadOnlySpan<byte> body, IReadOnlyList<byte[]> secrets)
    {
        var good = false;
        foreach (var secret in secrets)
        {
            good |= CryptographicOperations.FixedTimeEquals(shown.Value, CryptographicOperations.HmacData(shown.Hash, secret, body));
        }

        return good;
    }

    /// <summary>Digests are compared, which are all of one length: that of the secret is not reported either.</summary>
    private static bool IsSecret(byte[] shown, IReadOnlyList<byte[]> secrets)
    {
        var digest = SHA256.HashData(shown);
        var good = false;
        foreach (var secret in secrets)
        {
            good |= CryptographicOperations.FixedTimeEquals(digest, SHA256.HashData(secret));
        }

        return good;
    }
}

using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.Remotes.Credentials;

namespace CodeRepoOperator.Remotes.GitHub;

/// <summary>What an App shows to GitHub: who it is, for some minutes, signed with its key (RFC 7519, RS256).</summary>
internal static class GitHubAppJwt
{
    /// <summary>As GitHub advises: so much may our clock be ahead of its own.</summary>
    private static readonly TimeSpan Backdated = TimeSpan.FromSeconds(60);

    /// <summary>GitHub takes none that is good for more than 10 min from its own now on.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(8);

    /// <param name="app">Whose; its key was read before and found to be one.</param>
    /// <param name="now">By the wall clock, which is all that GitHub can compare.</param>
    public static string Make(GitHubApp app, DateTimeOffset now)
    {
        // The id has no character that JSON would need to escape.
        var claims = string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"iat":{{(now - Backdated).ToUnixTimeSeconds()}},"exp":{{(now + Lifetime).ToUnixTimeSeconds()}},"iss":"{{app.Id}}"}"""
        );
        var signed =
            $"{Base64Url.EncodeToString("""{"alg":"RS256","typ":"JWT"}"""u8)}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        using var key = RSA.Create();
        key.ImportFromPem(app.PrivateKey);
        var signature = key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }
}

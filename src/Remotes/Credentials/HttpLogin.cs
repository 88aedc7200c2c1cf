using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Serialization;

namespace CodeRepoOperator.Remotes.Credentials;

/// <summary>How a remote over HTTP knows who asks; prints redacted.</summary>
/// <param name="UserName">Of HTTP basic authentication (RFC 7617); null: the secret is a bearer token (RFC 6750).</param>
/// <param name="Secret">A password or a token.</param>
/// <param name="IsUserOfUrl">Whether the URL names the user, and the credentials don't.</param>
internal sealed record HttpLogin(string? UserName, string Secret, bool IsUserOfUrl = false)
{
    /// <summary>What <see cref="MadeOf"/> is of a token that was issued for a GitHub App.</summary>
    public const string OfGitHubApp = "GitHub App's token";

    /// <summary>What it was made of, in words for users, where it is in no key of a Secret as it is; or null.</summary>
    public string? MadeOf { get; init; }

    /// <summary>Whose it is, where the secret is another one from time to time; null: the secret says it. It is of no use as one.</summary>
    [JsonIgnore]
    public string? Account { get; init; }

    /// <summary>The header that says it.</summary>
    [JsonIgnore]
    public AuthenticationHeaderValue Header =>
        UserName is null
            ? new AuthenticationHeaderValue("Bearer", Secret)
            : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{UserName}:{Secret}")));

    /// <summary>The keys of a Secret that it is made of, in words for users.</summary>
    [JsonIgnore]
    public string Keys =>
        MadeOf is not null ? MadeOf
        : UserName is null ? "bearerToken"
        : IsUserOfUrl ? "password"
        : "username and password";

    /// <summary>What must not be shown.</summary>
    [JsonIgnore]
    public IEnumerable<string> Secrets => UserName is null ? [Secret] : [Secret, Header.Parameter!];

    public override string ToString() => "(login)";
}

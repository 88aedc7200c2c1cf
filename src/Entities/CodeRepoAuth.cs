using System.Text.Json.Serialization;

namespace CodeRepoOperator.Entities;

/// <summary>Where the credentials for a remote are.</summary>
public sealed class CodeRepoAuth
{
    /// <summary>
    /// Name of a Secret in the CodeRepo's namespace with <c>username</c> (unless the URL names a user) and <c>password</c>, or
    /// <c>bearerToken</c>, or <c>tls.crt</c> and <c>tls.key</c>, or <c>identity</c> (optionally <c>password</c>) and <c>known_hosts</c>;
    /// all but the last optionally with <c>ca.crt</c>, which may also stand alone.
    /// </summary>
    [JsonPropertyName("secret")]
    public string Secret { get; set; } = "";
}

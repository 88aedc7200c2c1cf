using System.Text.Json.Serialization;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Remotes.Credentials;

/// <summary>What a remote gets to know about who asks, whom it is trusted by, and how it is reached; prints redacted.</summary>
internal sealed record GitCredentials
{
    /// <summary>Who asks is nobody in particular, and whom to trust the system knows.</summary>
    public static readonly GitCredentials Anonymous = new();

    /// <summary>For remotes over HTTP; null: anonymous.</summary>
    public HttpLogin? Http { get; init; }

    /// <summary>Of GitHub, which issues what becomes <see cref="Http"/>; null: there is none, or it is done.</summary>
    [JsonIgnore] // The worker gets what was issued.
    public GitHubApp? App { get; init; }

    /// <summary>For remotes over HTTPS that want one; null: none is shown.</summary>
    public ClientCertificate? Certificate { get; init; }

    /// <summary>For remotes over SSH; null: there is no way to them.</summary>
    public SshIdentity? Ssh { get; init; }

    /// <summary>
    /// PEM text of authorities that an HTTPS remote may be trusted by, beside the system's and the administrator's; null: none.
    /// </summary>
    public string? Authorities { get; init; }

    /// <summary>What all connections go through, to other origins too; null: what the environment says.</summary>
    public RemoteProxy? Proxy { get; init; }

    /// <summary>Where they are from, in words for users that follow "of": <c>the Secret hello</c>. They hold no secret.</summary>
    public string Source { get; init; } = "spec.auth.secret";

    /// <summary>By whose permission they are used.</summary>
    public CloneAccess Access { get; init; }

    /// <summary>
    /// Whether there was a login or a client certificate, which the origin that is asked now does not get: the remote redirected there.
    /// </summary>
    public bool IsLoginWithheld { get; init; }

    /// <summary>What must not be shown, as it is here and as it travels.</summary>
    [JsonIgnore]
    public IEnumerable<string> Secrets =>
        [.. Http?.Secrets ?? [], .. App?.Secrets ?? [], .. Certificate?.Secrets ?? [], .. Ssh?.Secrets ?? [], .. Proxy?.Secrets ?? []];

    /// <summary>
    /// The same for another origin, which gets neither login nor certificate; whom to trust stays the CodeRepo's to say.
    /// </summary>
    public GitCredentials ForOtherOrigin() =>
        Http is null && Certificate is null ? this : this with { Http = null, Certificate = null, IsLoginWithheld = true };

    public override string ToString() => "(credentials)";
}

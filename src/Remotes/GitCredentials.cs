using System.Text.Json.Serialization;

namespace CodeRepoOperator.Cloning.Remotes;

/// <summary>What a remote is told about who asks, and whom it is trusted by; prints redacted.</summary>
internal sealed record GitCredentials
{
    /// <summary>For remotes over HTTP; null: anonymous.</summary>
    public HttpLogin? Http { get; init; }

    /// <summary>For remotes over SSH; null: there is no way to them.</summary>
    public SshIdentity? Ssh { get; init; }

    /// <summary>PEM text of authorities that an HTTPS remote may be trusted by, beside the system's and the administrator's; null: none.</summary>
    public string? Authorities { get; init; }

    /// <summary>What must not be shown, as it is here and as it travels.</summary>
    [JsonIgnore]
    public IEnumerable<string> Secrets => [.. Http?.Secrets ?? [], .. Ssh?.Secrets ?? []];

    public override string ToString() => "(credentials)";
}

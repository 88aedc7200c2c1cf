using System.Text.Json.Serialization;

namespace CodeRepoOperator.Remotes.Credentials;

/// <summary>How a remote over HTTPS knows who connects (mutual TLS); prints redacted.</summary>
/// <param name="Certificates">PEM text: the certificate, then those that lead to its authority, if the remote does not have them.</param>
/// <param name="PrivateKey">PEM text of its key, not encrypted.</param>
internal sealed record ClientCertificate(string Certificates, string PrivateKey)
{
    /// <summary>What must not be shown: no line of the key either.</summary>
    [JsonIgnore]
    public IEnumerable<string> Secrets =>
        PrivateKey
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith("-----", StringComparison.Ordinal))
            .Prepend(PrivateKey);

    public override string ToString() => "(client certificate)";
}

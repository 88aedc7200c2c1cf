namespace CodeRepoOperator.Cloning.Credentials;

/// <summary>The keys of a Secret with credentials; Flux calls them the same.</summary>
internal static class SecretKeys
{
    /// <summary>Of HTTP basic authentication; also that of the type <c>kubernetes.io/basic-auth</c>.</summary>
    public const string UserName = "username";

    /// <summary>That goes with <see cref="UserName"/>; beside <see cref="Identity"/> what the key is encrypted with.</summary>
    public const string Password = "password";

    /// <summary>A token for HTTP.</summary>
    public const string BearerToken = "bearerToken";

    /// <summary>A private key for SSH.</summary>
    public const string Identity = "identity";

    /// <summary>The same, as the type <c>kubernetes.io/ssh-auth</c> calls it.</summary>
    public const string SshPrivateKey = "ssh-privatekey";

    /// <summary>The host keys that are accepted over SSH.</summary>
    public const string KnownHosts = "known_hosts";

    /// <summary>Certificates of authorities that an HTTPS remote may be trusted by.</summary>
    public const string Authorities = "ca.crt";

    /// <summary>A certificate that is shown to an HTTPS remote; also that of the type <c>kubernetes.io/tls</c>.</summary>
    public const string ClientCertificate = "tls.crt";

    /// <summary>Its key.</summary>
    public const string ClientKey = "tls.key";

    /// <summary>All of them: no other one is looked at.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        UserName,
        Password,
        BearerToken,
        Identity,
        SshPrivateKey,
        KnownHosts,
        Authorities,
        ClientCertificate,
        ClientKey,
    ];
}

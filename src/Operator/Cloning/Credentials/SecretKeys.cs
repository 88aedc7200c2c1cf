namespace CodeRepoOperator.Cloning.Credentials;

/// <summary>The keys of a Secret with credentials. Flux calls them the same, but for the proxy, which has its own Secret there.</summary>
internal static class SecretKeys
{
    /// <summary>Of HTTP basic authentication; also that of the type <c>kubernetes.io/basic-auth</c>.</summary>
    public const string UserName = "username";

    /// <summary>That goes with <see cref="UserName"/>; beside <see cref="Identity"/> what the key is encrypted with.</summary>
    public const string Password = "password";

    /// <summary>A token for HTTP.</summary>
    public const string BearerToken = "bearerToken";

    /// <summary>The id, or the client id, of a GitHub App.</summary>
    public const string AppId = "githubAppID";

    /// <summary>Its RSA key in PEM.</summary>
    public const string AppPrivateKey = "githubAppPrivateKey";

    /// <summary>The number of its installation.</summary>
    public const string AppInstallationId = "githubAppInstallationID";

    /// <summary>The organization or user where it is installed; without both it is the owner of the repository.</summary>
    public const string AppInstallationOwner = "githubAppInstallationOwner";

    /// <summary>Where the API is of a GitHub other than github.com.</summary>
    public const string AppBaseUrl = "githubAppBaseURL";

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

    /// <summary>The proxy that all connections go through.</summary>
    public const string ProxyAddress = "proxyAddress";

    /// <summary>Who asks the proxy.</summary>
    public const string ProxyUserName = "proxyUsername";

    /// <summary>That goes with <see cref="ProxyUserName"/>.</summary>
    public const string ProxyPassword = "proxyPassword";

    /// <summary>All of them: no other one is looked at.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        UserName,
        Password,
        BearerToken,
        AppId,
        AppPrivateKey,
        AppInstallationId,
        AppInstallationOwner,
        AppBaseUrl,
        Identity,
        SshPrivateKey,
        KnownHosts,
        Authorities,
        ClientCertificate,
        ClientKey,
        ProxyAddress,
        ProxyUserName,
        ProxyPassword,
    ];
}

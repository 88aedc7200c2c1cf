namespace CodeRepoOperator.Cloning.Credentials;

/// <summary>The keys of a Secret, wherever it was read; prints without their values.</summary>
/// <param name="Source">Which Secret, in words for users: <c>the Secret hello</c>.</param>
/// <param name="Values">The values by their keys.</param>
internal sealed record SecretContents(string Source, IReadOnlyDictionary<string, byte[]> Values)
{
    /// <summary>Whether it has a login, a GitHub App or a client certificate for HTTP, whole or not.</summary>
    public bool IsForHttp => HasLogin || HasApp || HasCertificate;

    /// <summary>Whether it has a GitHub App, whole or not.</summary>
    public bool HasApp =>
        Has(SecretKeys.AppId)
        || Has(SecretKeys.AppPrivateKey)
        || Has(SecretKeys.AppInstallationId)
        || Has(SecretKeys.AppInstallationOwner)
        || Has(SecretKeys.AppBaseUrl);

    /// <summary>Whether it has a client certificate for HTTPS, whole or not.</summary>
    public bool HasCertificate => Has(SecretKeys.ClientCertificate) || Has(SecretKeys.ClientKey);

    /// <summary>Whether it has a login for HTTP, whole or not.</summary>
    public bool HasLogin => Has(SecretKeys.UserName) || Has(SecretKeys.BearerToken) || (Has(SecretKeys.Password) && !IsForSsh);

    /// <summary>Whether it has an identity for SSH, whole or not.</summary>
    public bool IsForSsh => Has(SecretKeys.Identity) || Has(SecretKeys.SshPrivateKey) || Has(SecretKeys.KnownHosts);

    /// <summary>Whether it has a proxy, whole or not.</summary>
    public bool HasProxy => Has(SecretKeys.ProxyAddress) || Has(SecretKeys.ProxyUserName) || Has(SecretKeys.ProxyPassword);

    /// <summary>Whether it has a proxy and nothing else: it says neither who asks nor whom to trust.</summary>
    public bool HasOnlyProxy => HasProxy && !IsForHttp && !IsForSsh && !Has(SecretKeys.Authorities);

    /// <summary>Whether there is such a key, be it empty.</summary>
    public bool Has(string key) => Values.ContainsKey(key);

    public override string ToString() => Source;
}

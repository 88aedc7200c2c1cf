using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace CodeRepoOperator.Cloning.Remotes.Http;

/// <summary>Trusts a server's certificate by the system's authorities, or else by the administrator's additional ones.</summary>
internal sealed class CertificateTrust
{
    private readonly X509Certificate2Collection _additional = [];

    /// <param name="path">A PEM file of the additional authorities, or none.</param>
    public CertificateTrust(string? path)
    {
        if (!string.IsNullOrEmpty(path))
        {
            _additional.ImportFromPemFile(path);
        }
    }

    public bool Validate(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        // Only a missing authority can be made up for: never a wrong name or a missing certificate.
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || _additional.Count == 0 || certificate is not X509Certificate2 presented)
        {
            return false;
        }

        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(_additional);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (chain is not null)
        {
            own.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
        }

        return own.Build(presented);
    }
}

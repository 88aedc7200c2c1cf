using System.Security.Cryptography.X509Certificates;

namespace CodeRepoOperator.Runtime.Client;

/// <summary>
/// How the certificates of servers are verified. By default .NET downloads an issuer that is missing from wherever the certificate says,
/// 100 MB each, before anything is trusted: whoever can show a certificate could have requests sent to any address.
/// </summary>
internal static class OfflineChain
{
    /// <summary>A policy by which nothing is downloaded: no issuers, no revocation lists, no OCSP responses.</summary>
    public static X509ChainPolicy Policy()
    {
#pragma warning disable RS0030 // This is its home.
        return new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };
#pragma warning restore RS0030
    }
}

using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CodeRepoOperator.Api.Serving;

/// <summary>A certificate and its key as they were read, and what connections are encrypted with.</summary>
/// <param name="CertificatePem">The text of the certificate's file.</param>
/// <param name="KeyPem">The text of the key's file.</param>
/// <param name="Context">What is made of them.</param>
internal sealed record TlsFiles(string CertificatePem, string KeyPem, SslStreamCertificateContext Context)
{
    /// <param name="certificate">The certificate's file.</param>
    /// <param name="key">The key's file.</param>
    /// <param name="known">What was read before: the same text is not made into anything anew.</param>
    /// <param name="problem">Why they can't be used; empty: they can.</param>
    /// <returns>What was read; null: <paramref name="problem"/> says why not.</returns>
    public static TlsFiles? TryRead(string certificate, string key, TlsFiles? known, out string problem)
    {
        problem = "";
        try
        {
            var (certificatePem, keyPem) = (File.ReadAllText(certificate), File.ReadAllText(key));
            if (known?.CertificatePem == certificatePem && known.KeyPem == keyPem)
            {
                return known;
            }

            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(certificatePem);

            // Offline: whom the certificate is from is the caller's to look up, not ours to fetch.
            return new TlsFiles(
                certificatePem,
                keyPem,
                SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(certificatePem, keyPem), chain, offline: true)
            );
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            problem = error.Message;
            return null;
        }
    }
}

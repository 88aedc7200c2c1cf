using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CodeRepoOperator.Machinery;

/// <summary>
/// An authority, one below it, and a certificate of that one for a server on 127.0.0.1, which says where the others can be downloaded.
/// </summary>
internal sealed class ChainOfThree : IDisposable
{
    /// <param name="download">Where the certificates name everything that can be downloaded: issuers, revocation lists, OCSP.</param>
    /// <param name="usage">What the server's certificate is for, as an OID; null: it says nothing of that.</param>
    /// <param name="isMiddleAuthority">Whether the one between may sign others.</param>
    /// <param name="expired">Which one has expired: <c>middle</c>, <c>leaf</c> or none.</param>
    public ChainOfThree(Uri download, string? usage = null, bool isMiddleAuthority = true, string expired = "")
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        Root = Request("CN=root", rootKey, isAuthority: true).CreateSelfSigned(now.AddDays(-2), now.AddDays(2));
        var middle = Request("CN=middle", middleKey, isMiddleAuthority);
        AddDownloads(middle, download);
        using var signed = middle.Create(
            Root.SubjectName,
            SignatureOf(rootKey),
            now.AddDays(-1),
            expired == "middle" ? now.AddHours(-1) : now.AddDays(1),
            [1]
        );
        Middle = signed.CopyWithPrivateKey(middleKey);

        var leaf = Request("CN=127.0.0.1", leafKey, isAuthority: false);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        leaf.CertificateExtensions.Add(names.Build());
        AddDownloads(leaf, download);
        if (usage is not null)
        {
            leaf.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        }

        using var bare = leaf.Create(
            Middle.SubjectName,
            SignatureOf(middleKey),
            now.AddDays(-1),
            expired == "leaf" ? now.AddHours(-1) : now.AddHours(20),
            [2]
        );
        Leaf = bare.CopyWithPrivateKey(leafKey);
    }

    /// <summary>The authority.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>The one between.</summary>
    public X509Certificate2 Middle { get; }

    /// <summary>The server's, with its key.</summary>
    public X509Certificate2 Leaf { get; }

    public void Dispose()
    {
        Root.Dispose();
        Middle.Dispose();
        Leaf.Dispose();
    }

    // The request's own way to sign refuses what must not be, such as an issuer that may not be one.
    private static X509SignatureGenerator SignatureOf(ECDsa key) => X509SignatureGenerator.CreateForECDsa(key);

    private static CertificateRequest Request(string name, ECDsa key, bool isAuthority)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, critical: true));
        return request;
    }

    private static void AddDownloads(CertificateRequest request, Uri download)
    {
        request.CertificateExtensions.Add(
            new X509AuthorityInformationAccessExtension([$"{download}ocsp"], [$"{download}latest/meta-data/issuer.crt"])
        );
        request.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([$"{download}list.crl"]));
    }
}

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CodeRepoOperator.Machinery.Network;

/// <summary>A self-made certificate for a server on 127.0.0.1.</summary>
internal static class TestCertificate
{
    /// <param name="onlyFor">The one name that it is for. Default: 127.0.0.1 and a name.</param>
    /// <param name="age">How long ago it was made; it is valid for two days.</param>
    public static X509Certificate2 Create(string? onlyFor = null, TimeSpan? age = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={onlyFor ?? "127.0.0.1"}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(onlyFor ?? "git.example.test");
        if (onlyFor is null)
        {
            names.AddIpAddress(IPAddress.Loopback);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        var made = TimeProvider.System.GetUtcNow() - (age ?? TimeSpan.FromDays(1));
        return request.CreateSelfSigned(made, made.AddDays(2));
    }
}

using System.Security.Cryptography.X509Certificates;
using CodeRepoOperator.Remotes.Hosts;

namespace CodeRepoOperator.Machinery.Network;

/// <summary>A certificate for a server on loopback, and the options by which the engine trusts it and reaches it.</summary>
internal sealed class TrustedCertificate : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private TrustedCertificate()
    {
        Certificate = TestCertificate.Create();
        File = Path.Combine(_directory.Path, "ca.pem");
        System.IO.File.WriteAllText(File, Certificate.ExportCertificatePem());
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>The PEM file for <see cref="GitOptions.TrustedCertificates"/>.</summary>
    public string File { get; }

    public GitOptions Options => new() { PermittedNetworks = ["127.0.0.0/8"], TrustedCertificates = File };

    public static TrustedCertificate Create() => new();

    public void Dispose()
    {
        Certificate.Dispose();
        _directory.Dispose();
    }
}

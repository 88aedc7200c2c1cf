using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace CodeRepoOperator.Api;

/// <summary>
/// A directory with a certificate, changed as Kubernetes changes a mounted Secret: all at once, by the exchange of a link.
/// </summary>
internal sealed class SecretDirectory(string directory)
{
    private int _versions;

    /// <summary>The file with the certificate.</summary>
    public string Certificate => Path.Combine(directory, "..data", "tls.crt");

    /// <summary>The file with the key.</summary>
    public string Key => Path.Combine(directory, "..data", "tls.key");

    /// <summary>Shows a certificate.</summary>
    public async Task ShowAsync(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        await ShowAsync(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Shows two texts.</summary>
    public async Task ShowAsync(string certificate, string key)
    {
        var version = Path.Combine(directory, $"..{(++_versions).ToString(CultureInfo.InvariantCulture)}");
        Directory.CreateDirectory(version);
        await File.WriteAllTextAsync(Path.Combine(version, "tls.crt"), certificate);
        await File.WriteAllTextAsync(Path.Combine(version, "tls.key"), key);
        var link = Path.Combine(directory, "..data_tmp");
        File.CreateSymbolicLink(link, version);

        // .NET moves no link to a directory over another.
        var moved = await ProcessRunner.RunAsync(
            "mv",
            ["-T", link, Path.Combine(directory, "..data")],
            new Dictionary<string, string>(StringComparer.Ordinal),
            "",
            TestContext.Current.CancellationToken
        );
        moved.OutputOrThrow();
    }
}

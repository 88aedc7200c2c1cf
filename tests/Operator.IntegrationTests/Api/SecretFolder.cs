using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using CodeRepoOperator.Machinery;

namespace CodeRepoOperator.Api;

/// <summary>A folder with a certificate, changed as Kubernetes changes a mounted Secret: all at once, by the exchange of a link.</summary>
internal sealed class SecretFolder(string folder)
{
    private int _versions;

    /// <summary>The file with the certificate.</summary>
    public string Certificate => Path.Combine(folder, "..data", "tls.crt");

    /// <summary>The file with the key.</summary>
    public string Key => Path.Combine(folder, "..data", "tls.key");

    /// <summary>Shows a certificate.</summary>
    public async Task ShowAsync(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        await ShowAsync(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Shows two texts.</summary>
    public async Task ShowAsync(string certificate, string key)
    {
        var version = Path.Combine(folder, $"..{(++_versions).ToString(CultureInfo.InvariantCulture)}");
        Directory.CreateDirectory(version);
        await File.WriteAllTextAsync(Path.Combine(version, "tls.crt"), certificate);
        await File.WriteAllTextAsync(Path.Combine(version, "tls.key"), key);
        var link = Path.Combine(folder, "..data_tmp");
        File.CreateSymbolicLink(link, version);

        // .NET moves no link to a folder over another.
        var moved = await ProcessRunner.RunAsync(
            "mv", ["-T", link, Path.Combine(folder, "..data")], new Dictionary<string, string>(StringComparer.Ordinal), "", TestContext.Current.CancellationToken);
        moved.OutputOrThrow();
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Urls;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Cloning.Credentials;

/// <summary>The examples that have a Secret: it is read for the CodeRepo beside it.</summary>
public sealed class ExampleSecretsTests
{
    [Fact]
    public void Proxy() => Assert.All(Read("coderepo-proxy.yaml", 2), read => Assert.NotNull(read.Proxy));

    [Fact]
    public void GitHub_App()
    {
        var app = Assert.Single(Read("coderepo-github-app.yaml", 1)).App;

        Assert.NotNull(app);
        Assert.Equal(("12345", "678"), (app.Id, app.InstallationId));
    }

    [Fact]
    public void Client_certificate()
    {
        var read = Assert.Single(Read("coderepo-client-certificate.yaml", 1));

        Assert.NotNull(read.Certificate);
        Assert.NotNull(read.Authorities);
    }

    private static List<GitCredentials> Read(string example, int count)
    {
        var documents = File.ReadAllText(Checkout.PathOf($"examples/{example}")).Split("\n---\n");
        var secrets = documents
            .Where(document => document.Contains("kind: Secret", StringComparison.Ordinal))
            .Select(document => KubernetesYaml.Deserialize<V1Secret>(document))
            .ToDictionary(secret => secret.Metadata.Name);
        var repos = documents.Where(document => document.Contains("kind: CodeRepo", StringComparison.Ordinal)).ToList();
        Assert.Equal(count, repos.Count);
        return
        [
            .. repos.Select(repo =>
            {
                var contents = new SecretContents("the Secret", Filled(secrets[ValueOf("secret", repo)].StringData));
                var read = CredentialsReader.Read(contents, GitUrl.Parse(ValueOf("git_url", repo)).Value!);
                Assert.True(read.Succeeded, read.Failure?.Message);
                return read.Value;
            }),
        ];
    }

    private static string ValueOf(string field, string document) =>
        document.Split('\n').Single(line => line.TrimStart().StartsWith($"{field}: ", StringComparison.Ordinal)).Split(": ")[1].Trim();

    /// <summary>With keys and certificates in place of the dots.</summary>
    private static Dictionary<string, byte[]> Filled(IDictionary<string, string> keys)
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest(
            "CN=hello",
            key,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        ).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return keys.ToDictionary(
            one => one.Key,
            one =>
                Encoding.UTF8.GetBytes(
                    one.Value.Split('\n')[0] switch
                    {
                        "-----BEGIN RSA PRIVATE KEY-----" => key.ExportRSAPrivateKeyPem(),
                        "-----BEGIN PRIVATE KEY-----" => key.ExportPkcs8PrivateKeyPem(),
                        "-----BEGIN CERTIFICATE-----" => certificate.ExportCertificatePem(),
                        _ => one.Value,
                    }
                )
        );
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Cloning.Credentials;

public sealed class CredentialsReaderTests
{
    private const string Https = "https://git.example.com/team/hello.git";
    private const string HttpsOfUser = "https://joe%40example.com@git.example.com/team/hello.git";
    private const string Ssh = "ssh://git@git.example.com/team/hello.git";
    private const string Key = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
    private const string Hosts = "git.example.com ssh-ed25519 AAAA\n";

    private static readonly string Authority = MakeAuthority();
    private static readonly (string Certificate, string Key) Client = MakeClient();

    /// <summary>What each is, the URL, the keys, and what is wrong with them; null: nothing.</summary>
    public static TheoryData<string, string, (string Key, string Value)[], string?> Secrets =>
        new()
        {
            { "user and password", Https, [("username", "robot"), ("password", "s3cret")], null },
            { "a bearer token", Https, [("bearerToken", "s3cret._~+/-=")], null },
            { "a user, a password and an authority", Https, [("username", "robot"), ("password", "s3cret"), ("ca.crt", Authority)], null },
            { "an authority alone", Https, [("ca.crt", Authority)], null },
            { "a password for the user of the URL", HttpsOfUser, [("password", "s3cret")], null },
            { "a bearer token beside the user of the URL", HttpsOfUser, [("bearerToken", "s3cret")], null },
            { "two authorities", Https, [("ca.crt", Authority + "\n" + Authority)], null },
            { "keys that mean nothing beside", Https, [("bearerToken", "s3cret"), ("identity.pub", "\xff")], null },
            { "a line end after each", Https, [("username", "robot\n"), ("password", "s3cret\r\n")], null },
            { "a password with letters of all kinds", Https, [("username", "röbot"), ("password", "s3crét: +/ %\"")], null },
            { "an identity", Ssh, [("identity", Key), ("known_hosts", Hosts)], null },
            { "an encrypted identity", Ssh, [("identity", Key), ("known_hosts", Hosts), ("password", "s3cret\n")], null },
            { "an identity as kubernetes.io/ssh-auth has it", Ssh, [("ssh-privatekey", Key), ("known_hosts", Hosts)], null },
            {
                "an identity, and an authority that SSH has no use for",
                Ssh,
                [("identity", Key), ("known_hosts", Hosts), ("ca.crt", "s3cret")],
                null
            },
            { "a client certificate", Https, [("tls.crt", Client.Certificate), ("tls.key", Client.Key)], null },
            {
                "a client certificate as cert-manager writes it, and a token",
                Https,
                [
                    ("tls.crt", $"{Client.Certificate}\n{Authority}"),
                    ("tls.key", Client.Key),
                    ("ca.crt", Authority),
                    ("bearerToken", "s3cret"),
                ],
                null
            },
            { "a client certificate without its key", Https, [("tls.crt", Client.Certificate)], "lacks the key tls.key" },
            { "a key without its certificate", Https, [("tls.key", Client.Key)], "lacks the key tls.crt" },
            { "a certificate and another's key", Https, [("tls.crt", Authority), ("tls.key", Client.Key)], "that belong together" },
            { "no certificate in tls.crt", Https, [("tls.crt", "s3cret"), ("tls.key", Client.Key)], "that belong together" },
            {
                "an encrypted key",
                Https,
                [("tls.crt", Client.Certificate), ("tls.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\ns3cret\n")],
                "an encrypted key in tls.key"
            },
            {
                "a client certificate, over HTTP",
                Https.Replace("https", "http", StringComparison.Ordinal),
                [("tls.crt", Client.Certificate), ("tls.key", Client.Key)],
                "write the remote's https address"
            },
            { "a client certificate, over SSH", Ssh, [("tls.crt", Client.Certificate), ("tls.key", Client.Key)], "holds keys for HTTP" },
            {
                "nothing",
                Https,
                [],
                "has none of the keys username and password, bearerToken, githubAppID and githubAppPrivateKey, tls.crt and tls.key"
            },
            { "nothing, over SSH", Ssh, [], "has neither identity nor known_hosts" },
            { "an authority alone, over SSH", Ssh, [("ca.crt", Authority)], "lacks the key identity" },
            { "only keys that mean nothing", Https, [("token", "s3cret")], "has none of the keys" },
            { "no password", Https, [("username", "robot")], "lacks the key password" },
            { "no user", Https, [("password", "s3cret")], "lacks the key username: put it there, or write the user's name into the URL" },
            { "no user, and an empty one", Https, [("username", ""), ("password", "s3cret")], "has nothing in username" },
            { "an empty user beside that of the URL", HttpsOfUser, [("username", ""), ("password", "s3cret")], "has nothing in username" },
            { "no password for the user of the URL", HttpsOfUser, [("username", "robot")], "lacks the key password" },
            { "an empty password", Https, [("username", "robot"), ("password", "")], "has nothing in password" },
            { "an empty token", Https, [("bearerToken", "\n")], "has nothing in bearerToken" },
            { "a user with a colon", Https, [("username", "ro:bot"), ("password", "s3cret")], "in username" },
            { "a password of two lines", Https, [("username", "robot"), ("password", "s3cret\ns3cret")], "in password" },
            { "a token of two words", Https, [("bearerToken", "Bearer s3cret")], "in bearerToken" },
            { "a token of two lines", Https, [("bearerToken", "s3cret\r\nX-Other: 1")], "in bearerToken" },
            { "a token with a letter beyond ASCII", Https, [("bearerToken", "s3crét")], "in bearerToken" },
            {
                "a token and a password",
                Https,
                [("bearerToken", "s3cret"), ("username", "robot"), ("password", "s3cret")],
                "bearerToken beside username or password"
            },
            { "an authority that is none", Https, [("ca.crt", "s3cret")], "has no certificate in ca.crt" },
            {
                "an authority that is damaged",
                Https,
                [("ca.crt", "-----BEGIN CERTIFICATE-----\nczNjcmV0\n-----END CERTIFICATE-----")],
                "has no certificate in ca.crt"
            },
            { "keys for SSH, over HTTPS", Https, [("identity", Key), ("known_hosts", Hosts)], "holds keys for SSH, and the URL is https" },
            {
                "an encrypted identity, over HTTPS",
                Https,
                [("identity", Key), ("known_hosts", Hosts), ("password", "s3cret")],
                "holds keys for SSH, and the URL is https"
            },
            { "keys for HTTP, over SSH", Ssh, [("username", "robot"), ("password", "s3cret")], "holds keys for HTTP, and the URL is ssh" },
            { "a token, over SSH", Ssh, [("bearerToken", "s3cret")], "holds keys for HTTP, and the URL is ssh" },
            {
                "keys for both",
                Https,
                [("username", "robot"), ("password", "s3cret"), ("identity", Key), ("known_hosts", Hosts)],
                "holds keys for HTTP and for SSH"
            },
            { "no known hosts", Ssh, [("identity", Key)], "lacks the key known_hosts" },
            { "no identity", Ssh, [("known_hosts", Hosts)], "lacks the key identity" },
            { "empty known hosts", Ssh, [("identity", Key), ("known_hosts", "\n")], "has nothing in known_hosts" },
            { "a public key", Ssh, [("identity", "ssh-ed25519 s3cret"), ("known_hosts", Hosts)], "has no private key in identity" },
            {
                "two identities",
                Ssh,
                [("identity", Key), ("ssh-privatekey", Key), ("known_hosts", Hosts)],
                "holds identity and ssh-privatekey"
            },
        };

    [Theory]
    [MemberData(nameof(Secrets), DisableDiscoveryEnumeration = true)]
    public void A_Secret_has_credentials_or_it_is_said_what_is_wrong(
        string what,
        string url,
        (string Key, string Value)[] keys,
        string? error
    )
    {
        var credentials = Read(url, [.. keys.Select(key => (key.Key, Encoding.UTF8.GetBytes(key.Value)))]);

        Assert.NotEmpty(what);
        Assert.Equal(error is null ? null : Reasons.SecretNotFound, credentials.Failure?.Reason);
        Assert.Contains(error ?? "", credentials.Failure?.Message ?? "", StringComparison.Ordinal);
        Assert.StartsWith(error is null ? "" : "The Secret hello ", credentials.Failure?.Message ?? "", StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr", credentials.Failure?.Message ?? "", StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr", $"{credentials.Value} {credentials.Value?.Http} {credentials.Value?.Ssh}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("username", "is no text")]
    [InlineData("password", "is no text")]
    public void What_is_no_text_is_refused_by_the_name_of_its_key(string key, string error)
    {
        (string Key, byte[] Value)[] keys = [("username", "robot"u8.ToArray()), ("password", "s3cret"u8.ToArray())];

        var failure = Read(Https, [.. keys.Where(one => one.Key != key), (key, [0xff, 0xfe])]).Failure;

        Assert.Contains(error, failure?.Message, StringComparison.Ordinal);
        Assert.Contains($" {key} ", failure?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_read_is_what_is_there_without_the_line_end_of_its_file()
    {
        var basic = Read(
            Https,
            ("username", "robot\n"u8.ToArray()),
            ("password", "s3cret \r\n"u8.ToArray()),
            ("ca.crt", Encoding.UTF8.GetBytes(Authority))
        ).Value!;
        Assert.Equal(new HttpLogin("robot", "s3cret "), basic.Http);
        Assert.Equal((Authority, "the Secret hello"), (basic.Authorities, basic.Source));
        Assert.Equal(new HttpLogin(null, "s3cret"), Read(Https, ("bearerToken", "s3cret\n"u8.ToArray())).Value!.Http);

        // A key is text of several lines, whose last needs its end.
        var identity = Read(
            Ssh,
            ("identity", Encoding.UTF8.GetBytes(Key)),
            ("known_hosts", Encoding.UTF8.GetBytes(Hosts)),
            ("password", "s3cret\n"u8.ToArray())
        );
        Assert.Equal(new SshIdentity(Key, "s3cret", Hosts), identity.Value!.Ssh);
    }

    [Fact]
    public void The_user_of_the_URL_logs_in_unless_the_Secret_names_another()
    {
        Assert.Equal(
            new HttpLogin("joe@example.com", "s3cret", IsUserOfUrl: true),
            Read(HttpsOfUser, ("password", "s3cret"u8.ToArray())).Value!.Http
        );
        Assert.Equal(
            new HttpLogin("robot", "s3cret"),
            Read(HttpsOfUser, ("username", "robot"u8.ToArray()), ("password", "s3cret"u8.ToArray())).Value!.Http
        );
        Assert.Equal(new HttpLogin(null, "s3cret"), Read(HttpsOfUser, ("bearerToken", "s3cret"u8.ToArray())).Value!.Http);
        Assert.Null(Read(HttpsOfUser, ("ca.crt", Encoding.UTF8.GetBytes(Authority))).Value!.Http);
    }

    private static Attempt<GitCredentials> Read(string url, params (string Key, byte[] Value)[] keys) =>
        CredentialsReader.Read(
            new SecretContents("the Secret hello", keys.ToDictionary(key => key.Key, key => key.Value)),
            GitUrl.Parse(url).Value!
        );

    private static string MakeAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256).CreateSelfSigned(now, now.AddDays(1));
        return certificate.ExportCertificatePem();
    }

    private static (string Certificate, string Key) MakeClient()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest("CN=robot", key, HashAlgorithmName.SHA256).CreateSelfSigned(now, now.AddDays(1));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}

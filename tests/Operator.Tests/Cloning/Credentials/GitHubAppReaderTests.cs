using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Cloning.Credentials;

public sealed class GitHubAppReaderTests
{
    private const string GitHub = "https://github.com/team/hello.git";
    private const string Https = "https://git.example.com/team/hello.git";

    private static readonly RSA App = RSA.Create(2048);
    private static readonly (string Key, string Value) AppKey = ("githubAppPrivateKey", App.ExportRSAPrivateKeyPem());
    private static readonly string OtherKey = MakeOtherKey();

    /// <summary>What each is, the URL, the keys, and what is wrong with them; null: nothing.</summary>
    public static TheoryData<string, string, (string Key, string Value)[], string?> Good =>
        new()
        {
            { "a GitHub App and its installation", GitHub, [("githubAppID", "1\n"), ("githubAppInstallationID", "2"), AppKey], null },
            {
                "a GitHub App and where it is installed",
                GitHub,
                [("githubAppID", "Iv1.a"), ("githubAppInstallationOwner", "team"), AppKey],
                null
            },
            { "a GitHub App, of the URL's owner", GitHub, [("githubAppID", "1"), AppKey], null },
            {
                "a GitHub App, its key as PKCS #8",
                GitHub,
                [("githubAppID", "1"), ("githubAppPrivateKey", App.ExportPkcs8PrivateKeyPem())],
                null
            },
            {
                "a GitHub App of a GitHub Enterprise",
                Https,
                [("githubAppID", "1"), AppKey, ("githubAppBaseURL", "https://git.example.com/api/v3/")],
                null
            },
            {
                "a GitHub App of a GitHub with a host for its API",
                Https,
                [("githubAppID", "1"), AppKey, ("githubAppBaseURL", "https://api.git.example.com")],
                null
            },
        };

    /// <inheritdoc cref="Good"/>
    public static TheoryData<string, string, (string Key, string Value)[], string?> Refused =>
        new()
        {
            {
                "a GitHub App, for another host",
                Https,
                [("githubAppID", "1"), AppKey],
                "has its API at api.github.com, and the URL's host is git.example.com"
            },
            {
                "a GitHub App, for a host that is called alike",
                "https://github.com.example.com/team/hello",
                [("githubAppID", "1"), AppKey],
                "which does not get what is issued there"
            },
            { "a GitHub App, over SSH", "git@github.com:team/hello", [("githubAppID", "1"), AppKey], "holds keys for HTTP" },
            { "a GitHub App without a key", GitHub, [("githubAppID", "1")], "lacks the key githubAppPrivateKey" },
            { "a GitHub App without an id", GitHub, [AppKey], "lacks the key githubAppID" },
            { "an installation alone", GitHub, [("githubAppInstallationID", "1")], "lacks the key githubAppID" },
            {
                "a GitHub App with a key that is none",
                GitHub,
                [("githubAppID", "1"), ("githubAppPrivateKey", "s3cret")],
                "has no RSA key in githubAppPrivateKey"
            },
            {
                "a GitHub App with a public key",
                GitHub,
                [("githubAppID", "1"), ("githubAppPrivateKey", App.ExportRSAPublicKeyPem())],
                "has no RSA key in githubAppPrivateKey"
            },
            {
                "a GitHub App with an encrypted key",
                GitHub,
                [
                    ("githubAppID", "1"),
                    (
                        "githubAppPrivateKey",
                        App.ExportEncryptedPkcs8PrivateKeyPem(
                            "s3cret",
                            new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1)
                        )
                    ),
                ],
                "has no RSA key in githubAppPrivateKey"
            },
            {
                "a GitHub App with a key of another kind",
                GitHub,
                [("githubAppID", "1"), ("githubAppPrivateKey", OtherKey)],
                "has no RSA key"
            },
            { "a GitHub App whose id is none", GitHub, [("githubAppID", "1\"}"), AppKey], "has something in githubAppID" },
            {
                "an installation that is none",
                GitHub,
                [("githubAppID", "1"), ("githubAppInstallationID", "../2"), AppKey],
                "in githubAppInstallationID"
            },
            {
                "an owner that is none",
                GitHub,
                [("githubAppID", "1"), ("githubAppInstallationOwner", "a/b"), AppKey],
                "in githubAppInstallationOwner"
            },
            {
                "a URL that names no owner",
                "https://git.example.com/~joe/hello",
                [("githubAppID", "1"), AppKey, ("githubAppBaseURL", "https://git.example.com/api/v3")],
                "does not say where the GitHub App is installed"
            },
            {
                "an installation and an owner",
                GitHub,
                [("githubAppID", "1"), ("githubAppInstallationID", "2"), ("githubAppInstallationOwner", "team"), AppKey],
                "holds githubAppInstallationID and githubAppInstallationOwner"
            },
            {
                "a GitHub App and a password",
                GitHub,
                [("githubAppID", "1"), AppKey, ("username", "robot"), ("password", "s3cret")],
                "holds a GitHub App beside username"
            },
            {
                "a GitHub whose address is none",
                Https,
                [("githubAppID", "1"), AppKey, ("githubAppBaseURL", "git.example.com")],
                "has no address in githubAppBaseURL"
            },
            {
                "a GitHub whose address holds a password",
                Https,
                [("githubAppID", "1"), AppKey, ("githubAppBaseURL", "https://robot:s3cret@git.example.com")],
                "has no address in githubAppBaseURL"
            },
        };

    [Theory]
    [MemberData(nameof(Good), DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void A_Secret_has_an_App_or_it_is_said_what_is_wrong(string what, string url, (string Key, string Value)[] keys, string? error)
    {
        var read = Read(url, [.. keys.Select(key => (key.Key, Encoding.UTF8.GetBytes(key.Value)))]);

        Assert.NotEmpty(what);
        Assert.Equal(error is null ? null : Reasons.SecretNotFound, read.Failure?.Reason);
        Assert.Contains(error ?? "", read.Failure?.Message ?? "", StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr", read.Failure?.Message ?? "", StringComparison.Ordinal);
        Assert.Equal(error is null, read.Value?.App is not null);
    }

    [Fact]
    public void A_GitHub_App_is_installed_where_the_Secret_says_or_for_the_owner_of_the_URL()
    {
        (string Key, byte[] Value)[] keys = [("githubAppID", "1"u8.ToArray()), (AppKey.Key, Encoding.UTF8.GetBytes(AppKey.Value))];
        var found = new[]
        {
            Read(GitHub, keys),
            Read(GitHub, [.. keys, ("githubAppInstallationOwner", "other"u8.ToArray())]),
            Read(GitHub, [.. keys, ("githubAppInstallationID", "2"u8.ToArray())]),
        }
            .Select(read => read.Value!.App!)
            .ToList();

        Assert.Equal([(null, "team"), (null, "other"), ("2", "")], found.Select(app => (app.InstallationId, app.Owner)));
        Assert.All(found, app => Assert.Equal(("1", "https://api.github.com", AppKey.Value), (app.Id, app.Api, app.PrivateKey)));
        Assert.All(found, app => Assert.DoesNotContain("KEY", app.ToString(), StringComparison.Ordinal));
    }

    private static Attempt<GitCredentials> Read(string url, params (string Key, byte[] Value)[] keys) =>
        CredentialsReader.Read(
            new SecretContents("the Secret hello", keys.ToDictionary(key => key.Key, key => key.Value)),
            GitUrl.Parse(url).Value!
        );

    private static string MakeOtherKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem();
    }
}

using System.Security.Cryptography.X509Certificates;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;
using GitServer;

namespace CodeRepoOperator.Remotes;

/// <summary>Servers that know their clients by certificates. This one ends connections without a word, as .NET does.</summary>
public sealed class ClientCertificateTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_wants_a_certificate_gets_that_of_the_CodeRepo_and_no_other_connection_has_it()
    {
        using var server = TestCertificate.Create();
        using var client = TestCertificate.Create(onlyFor: "robot");
        using var other = TestCertificate.Create(onlyFor: "other");
        await using var fixture = await RemoteFixture.StartAsync(
            new GitHttpServerOptions { Certificate = server, ClientCertificate = client }
        );
        await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        var anonymous = new GitCredentials { Authorities = server.ExportCertificatePem() };

        // In turns, so that a connection that was kept would be taken.
        foreach (
            var (shown, isGood) in new (X509Certificate2?, bool)[]
            {
                (client, true),
                (null, false),
                (client, true),
                (other, false),
                (client, true),
            }
        )
        {
            var credentials = anonymous with { Certificate = shown is null ? null : Pem(shown) };
            var (poll, clone) = await TryAsync(fixture, fixture.Url(), credentials);
            Assert.All([poll, clone], failure => Assert.Equal(isGood, failure is null));
        }
    }

    [Fact]
    public async Task Where_the_remote_redirects_to_another_host_it_is_not_shown()
    {
        using var server = TestCertificate.Create();
        using var client = TestCertificate.Create(onlyFor: "robot");
        await using var wanting = await RemoteFixture.StartAsync(
            new GitHttpServerOptions { Certificate = server, ClientCertificate = client }
        );
        await (await wanting.ProjectAsync()).CommitAsync("a.txt", "one");
        await using var redirecting = await RemoteFixture.StartAsync(new GitHttpServerOptions { Certificate = server });
        redirecting.Server.Fault = request => new RequestFault
        {
            RedirectTo = new Uri(wanting.Server.Address, $"{request.Path}{request.QueryString}"),
        };
        var credentials = new GitCredentials { Authorities = server.ExportCertificatePem(), Certificate = Pem(client) };

        var (poll, clone) = await TryAsync(redirecting, redirecting.Url(), credentials);

        Assert.All([poll, clone], Assert.NotNull);
        Assert.True((await wanting.Remote.PollAsync(wanting.Url(), new Revision.Head(), credentials, Token)).Succeeded);
    }

    private static async Task<(CloneFailure? Poll, CloneFailure? Clone)> TryAsync(
        RemoteFixture fixture,
        GitUrl url,
        GitCredentials credentials
    )
    {
        var order = new CloneOrder(url, new RemoteHead("main", ""), 1, fixture.NewDirectory()) { Credentials = credentials };
        var poll = await fixture.Remote.PollAsync(url, new Revision.Head(), credentials, Token);
        return (poll.Failure, (await fixture.Remote.CloneAsync(order, Token)).Failure);
    }

    private static ClientCertificate Pem(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return new ClientCertificate(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}

using System.Security.Cryptography.X509Certificates;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;
using GitServer;

namespace CodeRepoOperator.Remotes;

/// <summary>TLS that is right, and each way in which it is not.</summary>
public sealed class CertificateTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string?, Func<X509Certificate2?>, bool> Cases =>
        new()
        {
            { "of a known authority", null, () => TestCertificate.Create(), true },
            { "of an unknown authority", "add its authority to Git:TrustedCertificates", () => TestCertificate.Create(), false },
            { "for another name", "is for another name", () => TestCertificate.Create(onlyFor: "other.example.test"), true },
            { "that has expired", "has expired", () => TestCertificate.Create(age: TimeSpan.FromDays(9)), true },
            { "that is not valid yet", "not valid yet", () => TestCertificate.Create(age: TimeSpan.FromDays(-9)), true },
            { "not at all, but plain HTTP", "or write http://", () => null, true },
        };

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public async Task A_remote_is_trusted_by_its_certificate(string name, string? hint, Func<X509Certificate2?> make, bool known)
    {
        Assert.NotEmpty(name);
        using var certificate = make();
        using var directory = new TemporaryDirectory();
        using var other = TestCertificate.Create();
        var file = Path.Combine(directory.Path, "ca.pem");
        await File.WriteAllTextAsync(file, (known ? certificate ?? other : other).ExportCertificatePem(), Token);
        var options = new GitOptions { PermittedNetworks = ["127.0.0.0/8"], TrustedCertificates = file };
        await using var fixture = await RemoteFixture.StartAsync(new GitHttpServerOptions { Certificate = certificate }, options);
        await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        var url = GitUrl.Parse(fixture.Server.UrlOf("project.git").Replace("http://", "https://", StringComparison.Ordinal)).Value!;
        var order = new CloneOrder(url, new RemoteHead("main", ""), 1, fixture.NewDirectory());

        foreach (
            var failure in new[]
            {
                (await fixture.Remote.PollAsync(url, new Revision.Head(), credentials: null, Token)).Failure,
                (await fixture.Remote.CloneAsync(order, Token)).Failure,
            }
        )
        {
            Assert.Equal(hint is null ? null : Reasons.Unreachable, failure?.Reason);
            Assert.Contains(hint ?? "", failure?.Message ?? "", StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Authorities_of_one_CodeRepo_vouch_for_no_connection_of_another()
    {
        using var certificate = TestCertificate.Create();
        using var other = TestCertificate.Create();
        await using var fixture = await RemoteFixture.StartAsync(new GitHttpServerOptions { Certificate = certificate });
        await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        var own = new GitCredentials { Authorities = certificate.ExportCertificatePem() };

        // In turns, so that a connection that was kept would be taken.
        foreach (
            var (credentials, hint) in new (GitCredentials?, string?)[]
            {
                (own, null),
                (null, "is not trusted"),
                (own, null),
                (own with { Authorities = other.ExportCertificatePem() }, "by ca.crt of the Secret neither"),
                (own, null),
            }
        )
        {
            var order = new CloneOrder(fixture.Url(), new RemoteHead("main", ""), 1, fixture.NewDirectory()) { Credentials = credentials };
            foreach (
                var failure in new[]
                {
                    (await fixture.Remote.PollAsync(fixture.Url(), new Revision.Head(), credentials, Token)).Failure,
                    (await fixture.Remote.CloneAsync(order, Token)).Failure,
                }
            )
            {
                Assert.Equal(hint is null ? null : Reasons.Unreachable, failure?.Reason);
                Assert.Contains(hint ?? "", failure?.Message ?? "", StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_file_of_authorities_that_changes_is_followed()
    {
        using var certificate = TestCertificate.Create();
        using var old = TestCertificate.Create();
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "ca.pem");
        var options = new GitOptions { PermittedNetworks = ["127.0.0.0/8"], TrustedCertificates = file };
        await File.WriteAllTextAsync(file, old.ExportCertificatePem(), Token);
        await using var fixture = await RemoteFixture.StartAsync(new GitHttpServerOptions { Certificate = certificate }, options);
        await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        Assert.Contains("is not trusted", (await fixture.PollAsync()).Failure?.Message, StringComparison.Ordinal);

        await File.WriteAllTextAsync(file, certificate.ExportCertificatePem(), Token);
        Assert.True((await fixture.PollAsync()).Succeeded);
        Assert.True((await fixture.CloneAsync(fixture.NewDirectory())).Succeeded);
    }

    [Fact]
    public async Task A_file_of_authorities_that_is_gone_is_said_to_be()
    {
        using var trusted = TrustedCertificate.Create();
        await using var fixture = await RemoteFixture.StartAsync(
            new GitHttpServerOptions { Certificate = trusted.Certificate },
            trusted.Options
        );
        await (await fixture.ProjectAsync()).CommitAsync("a.txt", "one");
        File.Delete(trusted.File);

        Assert.Contains("have the administrator fix it", (await fixture.PollAsync()).Failure?.Message, StringComparison.Ordinal);
        Assert.Contains(
            "have the administrator fix it",
            (await fixture.CloneAsync(fixture.NewDirectory())).Failure?.Message,
            StringComparison.Ordinal
        );
    }
}

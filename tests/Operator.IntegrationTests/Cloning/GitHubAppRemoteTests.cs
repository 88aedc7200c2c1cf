using CodeRepoOperator.Entities;
using GitServer;

namespace CodeRepoOperator.Cloning;

/// <summary>
/// A GitHub App through the whole operator: an imitation of GitHub's API (<see cref="GitHubApiServer"/>), and git's own http-backend that
/// wants what was issued there.
/// </summary>
[Trait("Category", "Slow")]
public sealed class GitHubAppRemoteTests(KubeApiServer cluster) : IDisposable
{
    private const int Many = 20;

    private readonly TrustedCertificate _certificate = TrustedCertificate.Create();

    public void Dispose() => _certificate.Dispose();

    [Fact]
    public async Task CodeRepos_of_one_App_are_cloned_and_updated_with_one_token()
    {
        await using var github = await GitHubApiServer.StartAsync(_certificate.Certificate);
        await using var fixture = await CloneFixture.StartAsync(
            cluster,
            server: new GitHttpServerOptions { Certificate = _certificate.Certificate }
        );
        fixture.Server.Login = _ => GitHttpServer.Basic("x-access-token", github.Token ?? "none was issued");
        await fixture.PutSecretAsync(
            "app",
            ("githubAppID", GitHubApiServer.AppId),
            ("githubAppInstallationID", GitHubApiServer.Installation),
            ("githubAppPrivateKey", github.Key),
            ("githubAppBaseURL", github.Address),
            ("ca.crt", _certificate.Certificate.ExportCertificatePem())
        );
        await fixture.StartReadyOperatorAsync(("Store__SecretRetryInterval", "00:00:01"), ("Git__MinInterval", "00:00:01"));
        for (var number = 0; number < Many; number++)
        {
            var name = $"app-{number}";
            await fixture.CreateAsync(repo =>
                (repo.Metadata.Name, repo.Spec.Interval, repo.Spec.Auth) = (name, "1s", new CodeRepoAuth { Secret = "app" })
            );
        }

        for (var number = 0; number < Many; number++)
        {
            await fixture.SeeAsync("it is cloned", IsReady, $"app-{number}");
        }

        Assert.Single(github.Requests);

        github.Revoke();
        var commit = await fixture.Project.CommitAsync("a.txt", "after\n");
        await fixture.SeeAsync("with a new token it is updated", repo => IsReady(repo) && repo.Status?.Commit == commit, "app-0");
        Assert.InRange(github.Requests.Count, 2, 4);
    }

    [Fact]
    public async Task An_App_is_for_repositories_of_its_own_GitHub()
    {
        await using var fixture = await CloneFixture.StartAsync(
            cluster,
            server: new GitHttpServerOptions { Certificate = _certificate.Certificate }
        );
        await using var github = await GitHubApiServer.StartAsync(_certificate.Certificate);
        await fixture.PutSecretAsync(
            "app",
            ("githubAppID", GitHubApiServer.AppId),
            ("githubAppInstallationID", GitHubApiServer.Installation),
            ("githubAppPrivateKey", github.Key)
        );
        await fixture.StartReadyOperatorAsync(("Git__TrustedCertificates", _certificate.File));

        await fixture.CreateAsync(repo => repo.Spec.Auth = new CodeRepoAuth { Secret = "app" });

        await fixture.SeeAsync("it is refused", repo =>
            CloneFixture.Condition(repo, ConditionTypes.Ready) is { Reason: Reasons.SecretNotFound } ready
            && ready.Message.Contains("api.github.com", StringComparison.Ordinal)
        );
        Assert.Equal(0, fixture.Server.Requests);
    }

    private static bool IsReady(CodeRepo repo) => CloneFixture.Condition(repo, ConditionTypes.Ready)?.Status == "True";
}

using System.Security.Cryptography.X509Certificates;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Monitoring;
using GitServer;

namespace CodeRepoOperator.Docs;

/// <summary>The commands of docs/private-remotes.md, in their order, do what is said there.</summary>
[Trait("Category", "Slow")]
public sealed class PrivateRemotesGuideTests(KubeApiServer cluster)
{
    private const string Guide = "docs/private-remotes.md";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reader_clones_a_private_repository_changes_its_token_and_brings_an_authority()
    {
        using var certificate = TrustedCertificate.Create();
        using var home = new TemporaryDirectory();
        await using var fixture = await CloneFixture.StartAsync(
            cluster,
            server: new GitHttpServerOptions { Certificate = certificate.Certificate }
        );
        fixture.Server.Login = _ => GitHttpServer.Basic("robot", "first");
        await fixture.StartReadyOperatorAsync(("Git__TrustedCertificates", certificate.File));
        var yaml = (await File.ReadAllTextAsync(Checkout.PathOf(Guide), Token)).Split("```yaml\n")[1].Split("```")[0];
        await File.WriteAllTextAsync(
            Path.Combine(home.Path, "hello.yaml"),
            yaml.Replace("https://git.example.com/team/hello.git", fixture.Server.UrlOf("hello.git"), StringComparison.Ordinal),
            Token
        );
        File.Copy(certificate.File, Path.Combine(home.Path, "company-ca.pem"));

        // The one with a GitHub App needs an App at GitHub.
        var blocks = GuideBlock.Of(Guide, "sh").Where(block => !block.Lines[0].Contains("github-app", StringComparison.Ordinal)).ToList();
        Assert.Equal(5, blocks.Count);

        await RunAsync(fixture, home, blocks[0]);
        var commit = (await fixture.GetAsync()).Status!.Commit!;
        await fixture.SeeCloneAsync(commit);

        // The token changes, as in the section on rotation, and the repository goes on.
        fixture.Server.Login = _ => GitHttpServer.Basic("robot", "second");
        var newer = await fixture.Project.CommitAsync("a.txt", "newer\n");
        await fixture.RequestAsync("expired");
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Stale);
        Assert.Contains("(HTTP 401): wrong, expired or withdrawn", await RunAsync(fixture, home, blocks[4]), StringComparison.Ordinal);
        await RunAsync(fixture, home, blocks[3]);
        await fixture.SeeCloneAsync(newer);

        fixture.Server.Login = _ => null;
        await RunAsync(fixture, home, blocks[1]);
        await fixture.SeeAsync("that it is asked for with the other Secret", repo =>
            repo.Status?.ObservedGeneration == repo.Metadata.Generation
        );
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);

        // This server asks for no client certificate, and minds none.
        using var client = TestCertificate.Create(onlyFor: "robot");
        using var key = client.GetECDsaPrivateKey()!;
        await File.WriteAllTextAsync(Path.Combine(home.Path, "client.pem"), client.ExportCertificatePem(), Token);
        await File.WriteAllTextAsync(Path.Combine(home.Path, "client-key.pem"), key.ExportPkcs8PrivateKeyPem(), Token);
        var newest = await fixture.Project.CommitAsync("a.txt", "newest\n");
        await RunAsync(fixture, home, blocks[2]);
        await fixture.RequestAsync("with a certificate");
        await fixture.SeeCloneAsync(newest);
    }

    private async Task<string> RunAsync(CloneFixture fixture, TemporaryDirectory home, GuideBlock block)
    {
        var kubeconfig = Path.Combine(home.Path, "kubeconfig");
        File.Copy(cluster.AdminKubeconfig, kubeconfig, overwrite: true);
        var environment = new Dictionary<string, string>
        {
            ["PATH"] = cluster.Programs,
            ["HOME"] = home.Path,
            ["KUBECONFIG"] = kubeconfig,
            ["TOKEN"] = "first",
            ["NEW_TOKEN"] = "second",
        };
        string[] script =
        [
            "set -euo pipefail",
            $"cd {home.Path}",
            $"kubectl config set-context --current --namespace={fixture.Namespace}",
            .. block.Lines,
        ];
        return (await ProcessRunner.RunAsync("bash", ["-c", string.Join('\n', script)], environment, "", Token)).OutputOrThrow();
    }
}

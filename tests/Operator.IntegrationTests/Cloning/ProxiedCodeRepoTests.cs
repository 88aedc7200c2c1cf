using System.Globalization;
using CodeRepoOperator.Cloning.Submodules;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Urls;
using GitServer;
using k8s;

namespace CodeRepoOperator.Cloning;

/// <summary>CodeRepos whose Secrets name a proxy, through the whole operator.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
[Trait("Category", "Slow")]
public sealed class ProxiedCodeRepoTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_is_cloned_through_its_proxy_and_another_of_the_same_URL_is_not()
    {
        using var certificate = TrustedCertificate.Create();
        using var directory = new TemporaryDirectory();
        var served = new GitHttpServerOptions { Certificate = certificate.Certificate };
        await using var fixture = await CloneFixture.StartAsync(cluster, server: served);
        await using var other = await GitHttpServer.StartAsync(directory.Path, served);
        await using var proxy = await RealProxy.StartAsync("http", Token);
        await using var socks = await RealProxy.StartAsync("socks5", Token);
        var library = await GitProject.CreateAsync(directory.Path, "lib.git");
        var pinned = await library.CommitAsync("lib.txt", "lib");
        var commit = await fixture.Project.PinAsync("lib", other.UrlOf("lib.git"), pinned);
        var (host, otherHost) = (Of(fixture.Server.UrlOf("hello.git")), Of(other.UrlOf("lib.git")));
        var running = await fixture.StartReadyOperatorAsync(
            ("Git__TrustedCertificates", certificate.File),
            ("Store__SecretRetryInterval", "00:00:01")
        );

        await CreateAsync(fixture, "direct", secret: null);
        await SeeAsync(fixture, "direct", ready: true, Reasons.Cloned);
        Assert.Equal((0, 0), (proxy.TimesTo(host), socks.TimesTo(host)));
        await CreateAsync(fixture, "proxied", proxy.Keys);
        await CreateAsync(fixture, "by-socks", socks.Keys);
        await CreateAsync(fixture, "wrong", [.. proxy.Keys[..2], ("proxyPassword", "another-s3cret")]);
        await CreateAsync(fixture, "down", ("proxyAddress", $"http://127.0.0.1:{FreePort.Next()}"));
        await CreateAsync(fixture, "bad", ("proxyAddress", "127.0.0.1:3128"));
        await CreateAsync(fixture, "metadata", ("proxyAddress", "socks5://169.254.169.254:80"));

        foreach (var (name, way) in new[] { ("proxied", proxy), ("by-socks", socks) })
        {
            await SeeAsync(fixture, name, ready: true, Reasons.Cloned);
            Assert.Equal("lib", await File.ReadAllTextAsync(Path.Combine(fixture.Clone(name), "lib/lib.txt"), Token));
            Assert.Equal(commit, await GitCommand.RunAsync(fixture.Clone(name), "rev-parse", "HEAD"));
            Assert.True(way.TimesTo(host) > 0);
            Assert.True(way.TimesTo(otherHost) > 0);
        }

        await SeeFailuresAsync(fixture);

        // The direct one is not slowed by any of them, and goes its own way.
        var before = (proxy.TimesTo(host), socks.TimesTo(host));
        commit = await fixture.Project.CommitAsync("src/hello.txt", "again\n");
        await RequestAsync(fixture, "direct");
        await Eventually.HoldsAsync(
            "the direct one is updated",
            async _ => await GitCommand.RunAsync(fixture.Clone("direct"), "rev-parse", "HEAD") == commit,
            CloneFixture.Soon,
            Token
        );
        Assert.Equal(before, (proxy.TimesTo(host), socks.TimesTo(host)));

        // Once its Secret is right, it is cloned.
        await fixture.PutSecretAsync("wrong", proxy.Keys);
        await RequestAsync(fixture, "wrong");
        await SeeAsync(fixture, "wrong", ready: true, Reasons.Cloned);

        var seen = KubernetesJson.Serialize(await fixture.ListAsync()) + running.Log;
        Assert.DoesNotContain("s3cret", seen, StringComparison.Ordinal);
    }

    private static async Task SeeFailuresAsync(CloneFixture fixture)
    {
        await SeeAsync(fixture, "wrong", ready: false, Reasons.AuthenticationFailed, "proxyUsername and proxyPassword of the Secret wrong");
        await SeeAsync(fixture, "down", ready: false, Reasons.Unreachable, "refused the connection: check proxyAddress of the Secret down");
        await SeeAsync(fixture, "bad", ready: false, Reasons.SecretNotFound, "The Secret bad has no address of a proxy in proxyAddress");
        await SeeAsync(fixture, "metadata", ready: false, Reasons.HostNotAllowed, "proxyAddress of the Secret metadata");
        foreach (var name in new[] { "wrong", "bad", "metadata" })
        {
            await fixture.SeeAsync(
                "that only a change of it helps",
                repo => CloneFixture.Condition(repo, ConditionTypes.Stalled)?.Status == "True",
                name
            );
        }
    }

    private static string Of(string url) => GitUrl.Parse(url).Value!.Authority;

    private static async Task CreateAsync(CloneFixture fixture, string name, params (string Key, string Value)[]? secret)
    {
        if (secret is not null)
        {
            await fixture.PutSecretAsync(name, secret);
        }

        await fixture.CreateAsync(repo =>
        {
            repo.Metadata.Name = name;
            repo.Spec.Auth = secret is null ? null : new CodeRepoAuth { Secret = name };
            repo.Spec.Submodules = new CodeRepoSubmodules { Required = true };
        });
    }

    private static Task RequestAsync(CloneFixture fixture, string name) =>
        fixture.PatchAsync(
            new
            {
                metadata = new
                {
                    annotations = new Dictionary<string, string>
                    {
                        [CodeRepo.RequestedAtAnnotation] = TimeProvider.System.GetUtcNow().ToString("O", CultureInfo.InvariantCulture),
                    },
                },
            },
            name
        );

    private static Task<CodeRepo> SeeAsync(CloneFixture fixture, string name, bool ready, string reason, string said = "") =>
        fixture.SeeAsync(
            $"{name} is {reason}",
            repo =>
                CloneFixture.Condition(repo, ConditionTypes.Ready) is { } condition
                && condition.Status == (ready ? "True" : "False")
                && condition.Reason == reason
                && condition.Message.Contains(said, StringComparison.Ordinal),
            name
        );
}

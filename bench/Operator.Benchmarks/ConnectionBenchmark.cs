using System.Globalization;
using GitServer;

namespace CodeRepoOperator;

/// <summary>The small clone over TLS and through proxies, beside git doing the same.</summary>
internal static class ConnectionBenchmark
{
    private const int Runs = 5;

    public static async Task RunAsync(
        GitHttpServer plain,
        string root,
        string repository,
        Func<string> newDirectory,
        CancellationToken cancellationToken
    )
    {
        using var certificate = TestCertificate.Create();
        var trusted = Path.Combine(root, "ca.pem");
        await File.WriteAllTextAsync(trusted, certificate.ExportCertificatePem(), cancellationToken);

        // Stronger than git's configuration, where the environment has it already.
        Environment.SetEnvironmentVariable("GIT_SSL_CAINFO", trusted);
        await using var secure = await GitHttpServer.StartAsync(root, new GitHttpServerOptions { Certificate = certificate });
        await using var plainProxy = new HttpProxy(plain.Address.Port);
        await using var secureProxy = new HttpProxy(secure.Address.Port);
        (string Name, string Url, string? Proxy)[] cases =
        [
            ("plain", plain.UrlOf(repository), null),
            ("TLS", secure.UrlOf(repository), null),
            ("plain, a proxy", $"http://git.example.test/{repository}", plainProxy.Address),
            ("TLS, a proxy by CONNECT", $"https://git.example.test/{repository}", secureProxy.Address),
        ];
        foreach (var (name, url, proxy) in cases)
        {
            using var engine = new Engine(trusted, proxy);
            var ours = new Series();
            var gits = new Series();
            for (var run = 0; run < Runs; run++)
            {
                await ours.TimeAsync(() => engine.CloneAsync(url, newDirectory(), cancellationToken));
                await gits.TimeAsync(() =>
                    GitProgram.RunAsync(
                        "/",
                        null,
                        cancellationToken,
                        ["-c", $"http.proxy={proxy}", "clone", "-q", "--depth", "1", "--single-branch", url, newDirectory()]
                    )
                );
            }

            var wanted = url.StartsWith("https:", StringComparison.Ordinal) ? "; wanted at most 0.90" : "";
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"small: clone, {name}: ours {ours}; git {gits}: {ours.Median / gits.Median:0.00} times git's{wanted}"
                )
            );
        }
    }
}

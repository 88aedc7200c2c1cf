using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Api;

/// <summary>Callers who ask for too much, too slowly or too often, and what connections are encrypted with.</summary>
[Trait("Category", "Slow")]
public sealed class EnsureLimitTests(KubeApiServer cluster)
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connections_that_hang_and_bodies_that_are_huge_leave_others_alone()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await fixture.StartReadyOperatorAsync(("Api__MaxConnections", "300"));
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{running.ApiPort}") };
        var path = $"/v1/namespaces/{fixture.Namespace}/coderepos/hello/ensure";
        var sockets = new List<Socket>();
        try
        {
            // Two hundred who never end their headers, and some who have begun to send 100 MB.
            for (var number = 0; number < 220; number++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);
                await socket.ConnectAsync(IPAddress.Loopback, running.ApiPort, Ended);
                var text =
                    number < 200
                        ? $"POST {path} HTTP/1.1\r\nHost: x\r\nX-Slow: "
                        : $"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n\r\nxxxx";
                await socket.SendAsync(Encoding.ASCII.GetBytes(text), Ended);
            }

            var watch = Stopwatch.StartNew();
            for (var number = 0; number < 50; number++)
            {
                using var response = await http.PostAsync(new Uri(path, UriKind.Relative), content: null, Ended);
                Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            }

            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"{watch.Elapsed}");

            // What is huge is refused by its length, before it is read.
            var buffer = new byte[1024];
            var read = await sockets[^1].ReceiveAsync(buffer, Ended);
            Assert.StartsWith("HTTP/1.1 400", Encoding.ASCII.GetString(buffer, 0, read), StringComparison.Ordinal);

            // And who does not say what is wanted is let go.
            await Eventually.HoldsAsync(
                "the slow ones are let go",
                async token =>
                    (await running.GetAsync("/healthz", token)).Status == HttpStatusCode.OK && sockets.Take(200).Count(IsClosed) == 200,
                TimeSpan.FromSeconds(40),
                Ended
            );
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task All_connections_in_use_leave_health_and_metrics_alone()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await fixture.StartReadyOperatorAsync(("Api__MaxConnections", "5"), ("Api__UnknownTokensPerSecond", "1"));
        var sockets = new List<TcpClient>();
        try
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{running.ApiPort}") };

            // One connection shows tokens that nobody knows.
            var statuses = new List<HttpStatusCode>();
            for (var number = 0; number < 12; number++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/namespaces/{fixture.Namespace}/coderepos/hello/ensure");
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", $"made-up-{number}");
                using var response = await http.SendAsync(request, Ended);
                statuses.Add(response.StatusCode);
                Assert.Equal(response.StatusCode == HttpStatusCode.TooManyRequests, response.Headers.RetryAfter is not null);
            }

            Assert.Equal(HttpStatusCode.Unauthorized, statuses[0]);
            Assert.Contains(HttpStatusCode.TooManyRequests, statuses);

            for (var number = 0; number < 10; number++)
            {
                sockets.Add(new TcpClient());
                await sockets[^1].ConnectAsync(IPAddress.Loopback, running.ApiPort, Ended);
            }

            Assert.Equal(HttpStatusCode.OK, (await running.GetAsync("/healthz", Ended)).Status);
            Assert.True(await running.MetricAsync("coderepo_ensure_requests_total{result=\"limited\"}", Ended) >= 1);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task A_flood_of_idle_connections_leaves_probes_and_scrapes_and_descriptors_alone()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await fixture.StartReadyOperatorAsync(("Api__MaxConnections", "300"));
        var before = await running.MetricAsync("coderepo_open_descriptors", Ended);
        var sockets = new List<TcpClient>();
        try
        {
            foreach (var port in new[] { running.Port, running.ApiPort })
            {
                for (var number = 0; number < 1500; number++)
                {
                    sockets.Add(new TcpClient());
                    await sockets[^1].ConnectAsync(IPAddress.Loopback, port, Ended);
                }

                Assert.Equal(HttpStatusCode.OK, (await running.GetAsync("/healthz", Ended)).Status);
                using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{running.ApiPort}") };
                using var response = await http.PostAsync(
                    new Uri($"/v1/namespaces/{fixture.Namespace}/coderepos/hello/ensure", UriKind.Relative),
                    content: null,
                    Ended
                );
                Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            }

            Assert.InRange(await running.MetricAsync("coderepo_connections{listener=\"serving\"}", Ended) ?? 0, 1, 256);
            Assert.InRange(await running.MetricAsync("coderepo_connections{listener=\"api\"}", Ended) ?? 0, 1, 300);
            Assert.True(await running.MetricAsync("coderepo_connections_closed_total{listener=\"serving\"}", Ended) >= 1000);
            Assert.True(await running.MetricAsync("coderepo_open_descriptors", Ended) < before + 700);
            Assert.True(await running.MetricAsync("coderepo_descriptor_limit", Ended) > 700);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Over_TLS_a_renewed_certificate_is_taken_and_a_bad_one_is_not_and_who_asks_too_often_is_reported_when_to_come_back()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        using var directory = new TemporaryDirectory();
        using var first = TestCertificate.Create();
        using var second = TestCertificate.Create();
        var files = new SecretDirectory(directory.Path);
        await files.ShowAsync(first);
        var running = await fixture.StartReadyOperatorAsync(
            ("Api__RequestsPerSecond", "1"),
            ("Api__Certificate", files.Certificate),
            ("Api__Key", files.Key)
        );
        Assert.Equal(first.Thumbprint, await ShownAsync(running.ApiPort, first));

        // A renewed certificate is taken; what is none is not, and is reported once.
        await files.ShowAsync(second);
        await Eventually.SeeAsync(
            "the new certificate",
            _ => ShownAsync(running.ApiPort, second),
            shown => shown == second.Thumbprint,
            TimeSpan.FromSeconds(10),
            Ended
        );
        await files.ShowAsync("not a certificate", "not a key");
        await Eventually.HoldsAsync(
            "the bad one is reported",
            async _ =>
                await ShownAsync(running.ApiPort, second) == second.Thumbprint
                && running.Log.Contains("The API keeps the certificate that it has", StringComparison.Ordinal),
            TimeSpan.FromSeconds(10),
            Ended
        );
        Assert.Equal(second.Thumbprint, await ShownAsync(running.ApiPort, second));
        Assert.Single(running.Log.Split('\n'), line => line.Contains("The API keeps the certificate", StringComparison.Ordinal));

        await LimitAsync(fixture, running, second);
    }

    private async Task LimitAsync(CloneFixture fixture, OperatorProcess running, X509Certificate2 certificate)
    {
        var callers = new EnsureCallers(cluster);
        var (busy, calm) = (await callers.MakeAsync(fixture.Namespace, "busy"), await callers.MakeAsync(fixture.Namespace, "calm"));
        using var handler = new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = Trusting(certificate) } };
        using var http = new HttpClient(handler) { BaseAddress = new Uri($"https://127.0.0.1:{running.ApiPort}") };
        var responses = new List<ApiResponse>();
        for (var number = 0; number < 15; number++)
        {
            responses.Add(await AskAsync(busy));
        }

        Assert.Equal(HttpStatusCode.NotFound, responses[0].Status);
        Assert.Equal(
            (HttpStatusCode.TooManyRequests, "TooManyRequests", 1.0),
            (responses[^1].Status, responses[^1].Reason, responses[^1].RetryAfter)
        );
        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(calm)).Status);

        async Task<ApiResponse> AskAsync(string token)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/namespaces/{fixture.Namespace}/coderepos/hello/ensure");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var response = await http.SendAsync(request, Ended);
            return await ApiResponse.OfAsync(response, Ended);
        }
    }

    private static async Task<string> ShownAsync(int port, X509Certificate2 trusted)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, port, Ended);
        using var tls = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "127.0.0.1", CertificateChainPolicy = Trusting(trusted) },
            Ended
        );
        return ((X509Certificate2)tls.RemoteCertificate!).Thumbprint;
    }

    private static X509ChainPolicy Trusting(X509Certificate2 certificate)
    {
        var policy = OfflineChain.Policy();
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.Add(certificate);
        return policy;
    }

    /// <summary>What it was reported before it was let go is read first.</summary>
    private static bool IsClosed(Socket socket)
    {
        var buffer = new byte[4096];
        while (socket.Available > 0)
        {
            socket.Receive(buffer);
        }

        return socket.Poll(0, SelectMode.SelectRead);
    }
}

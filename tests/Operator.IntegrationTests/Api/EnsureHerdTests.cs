using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using CodeRepoOperator.Entities;
using GitServer;

namespace CodeRepoOperator.Api;

/// <summary>Many callers at once, each with a connection of its own, for one clone that is not there.</summary>
public sealed class EnsureHerdTests(KubeApiServer cluster)
{
    /// <summary>More than a connection and its request take, less than a copy of anything for each would.</summary>
    private const int MostKilobytesEach = 64;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public Task A_thousand_callers_make_one_clone() => CallAsync(1000);

    [Fact]
    [Trait("Category", "Soak")]
    public Task Ten_thousand_callers_make_one_clone() => CallAsync(10_000);

    private async Task CallAsync(int callers)
    {
        await using var fixture = new EnsureFixture(cluster);
        await fixture.InitializeAsync();
        await fixture.Fixture.CreateAsync();
        await fixture.Fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        var (fetches, connections) = (0, 0);
        using var hold = new ManualResetEventSlim();
        fixture.Fixture.Server.Fault = request =>
        {
            if (GitHttpServer.StageOf(request) == RequestStage.Fetch)
            {
                Interlocked.Increment(ref fetches);
                hold.Wait(Ended);
            }

            return null;
        };
        using var http = Client(() => Interlocked.Increment(ref connections));
        var before = MemoryOf(fixture.Operator);
        fixture.Fixture.LoseClone();

        var asked = Enumerable.Range(0, callers).Select(_ => AskAsync(fixture, http)).ToList();
        await Eventually.True(() => connections == callers, 4 * CloneFixture.Soon, Ended);
        hold.Set();
        var statuses = await Task.WhenAll(asked);

        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Equal(1, fetches);
        await fixture.Fixture.SeeAsync("one in the status", repo => repo.Status?.Reclones == 1);
        var each = (MemoryOf(fixture.Operator) - before) / callers;
        TestContext.Current.TestOutputHelper!.WriteLine($"{each} kB each");
        Assert.InRange(each, 0, MostKilobytesEach);
    }

    private static HttpClient Client(Action connected) =>
        new(
            new SocketsHttpHandler
            {
                UseProxy = false,
                ConnectCallback = async (context, token) =>
                {
                    var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    await socket.ConnectAsync(context.DnsEndPoint, token);
                    connected();
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        )
        {
            Timeout = 4 * CloneFixture.Soon,
        };

    private static async Task<HttpStatusCode> AskAsync(EnsureFixture fixture, HttpClient http)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(fixture.Http.BaseAddress!, $"/v1/namespaces/{fixture.Fixture.Namespace}/coderepos/hello/ensure?wait=2m")
        );
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", fixture.Token);
        using var response = await http.SendAsync(request, Ended);
        return response.StatusCode;
    }

    /// <summary>The most that it ever had in memory, in kB.</summary>
    private static int MemoryOf(OperatorProcess running) =>
        int.Parse(
            File.ReadLines($"/proc/{running.Id}/status")
                .Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture
        );
}

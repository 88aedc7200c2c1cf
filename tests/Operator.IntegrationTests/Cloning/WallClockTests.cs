using System.Net;
using System.Net.Http.Headers;
using CodeRepoOperator.Api;
using CodeRepoOperator.Entities;
using k8s;

namespace CodeRepoOperator.Cloning;

/// <summary>The wall clock of the operator's machine is set, while it works: back an hour, on an hour, on a day.</summary>
[Trait("Category", "Slow")]
public sealed class WallClockTests(KubeApiServer cluster)
{
    /// <summary>The operator begins ahead of the API server, so that its certificate is valid an hour earlier too.</summary>
    private static readonly TimeSpan Begin = TimeSpan.FromHours(2);

    private static readonly TimeSpan GrantLifetime = TimeSpan.FromSeconds(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_poll_stops_no_grant_lasts_longer_and_no_Lease_is_lost()
    {
        using var directory = new TemporaryDirectory();
        var clock = new WallClock(directory.Path, Begin);
        await using var fixture = await CloneFixture.StartAsync(cluster);

        // The lease's default: with each look at the clock a read of a file, a short one may run out on a busy machine, whatever the clock
        // does.
        var running = await fixture.StartReadyOperatorAsync([
            .. clock.Settings,
            OperatorProcess.UsualLease,
            ("Api__GrantLifetime", GrantLifetime.ToString("c")),
        ]);
        await fixture.CreateAsync(repo => repo.Spec.Interval = "1s");
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        var callers = new EnsureCallers(cluster);
        await callers.MakeAccountAsync(fixture.Namespace, "consumer");
        await callers.GrantAsync(fixture.Namespace, "consumer");
        var token = await callers.TokenAsync(fixture.Namespace, "consumer", lifetime: TimeSpan.FromHours(48));
        await Eventually.HoldsAsync(
            "a grant",
            async _ => await EnsureAsync(running, fixture.Namespace, token) == HttpStatusCode.OK,
            CloneFixture.Soon,
            Token
        );

        // Back an hour: what was granted until a time that is an hour away now ends when it would have.
        clock.Set(Begin - TimeSpan.FromHours(1));
        await cluster.Admin.CoreV1.DeleteNamespacedServiceAccountAsync("consumer", fixture.Namespace, cancellationToken: Token);
        await Eventually.HoldsAsync(
            "no grant to an account that is gone",
            async _ => await EnsureAsync(running, fixture.Namespace, token) == HttpStatusCode.Unauthorized,
            TimeSpan.FromSeconds(30),
            Token
        );
        await SeeFollowedAsync(fixture, "back");

        clock.Set(Begin);
        await SeeFollowedAsync(fixture, "on");
        clock.Set(Begin + TimeSpan.FromDays(1));
        await SeeFollowedAsync(fixture, "a day on");

        Assert.Equal(HttpStatusCode.OK, (await running.GetAsync("/healthz", Token)).Status);
        Assert.Equal(1, await running.MetricAsync("coderepo_store_lease_held", Token));
        Assert.DoesNotContain("run out", running.Log, StringComparison.Ordinal);
    }

    private static async Task SeeFollowedAsync(CloneFixture fixture, string content)
    {
        var commit = await fixture.Project.CommitAsync("new.txt", content);
        await fixture.SeeAsync($"the commit made after the clock was set {content}", repo => repo.Status?.Commit == commit);
    }

    private static async Task<HttpStatusCode> EnsureAsync(OperatorProcess running, string ofNamespace, string token)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            $"http://127.0.0.1:{running.ApiPort}/v1/namespaces/{ofNamespace}/coderepos/hello/ensure"
        );
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(request, Token);
        return response.StatusCode;
    }
}

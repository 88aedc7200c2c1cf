using System.Net;
using k8s;

namespace CodeRepoOperator.Api.Watching;

/// <summary>When watches are refused and ended: an operator that has place for four, and remembers grants for a second.</summary>
public sealed class WatchLimitTests(KubeApiServer cluster) : IAsyncLifetime
{
    /// <summary>Half of the places are for one namespace.</summary>
    private const int Places = 4;

    private readonly EnsureCallers _callers = new(cluster);
    private CloneFixture _fixture = null!;
    private OperatorProcess _operator = null!;
    private string _token = "";

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _fixture = await CloneFixture.StartAsync(cluster);
        _operator = await _fixture.StartReadyOperatorAsync(("Api__MaxWatches", $"{Places}"), ("Api__GrantLifetime", "00:00:01"));
        _token = await _callers.MakeAsync(_fixture.Namespace, "watcher");
        await _fixture.CreateAsync();
        await _fixture.SeeAsync("it is cloned", repo => repo.Status?.Commit is not null);
    }

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task There_are_so_many_and_no_more()
    {
        await using var first = await WatchAsync();
        await using (await WatchAsync())
        {
            var refused = await Assert.ThrowsAsync<HttpRequestException>(WatchAsync);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Contains("TooManyWatches", refused.Message, StringComparison.Ordinal);
        }

        // Whoever hangs up makes room.
        await Eventually.HoldsAsync(
            "there is room",
            async _ =>
            {
                try
                {
                    await using var another = await WatchAsync();
                    return true;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            TimeSpan.FromSeconds(30),
            Ended
        );
    }

    [Fact]
    public async Task A_right_that_is_taken_away_ends_it()
    {
        await using var watch = await WatchAsync();
        Assert.Equal("published", (await watch.NextAsync())!.Value.Name);

        await cluster.Admin.RbacAuthorizationV1.DeleteNamespacedRoleBindingAsync(
            "watcher-ensures",
            _fixture.Namespace,
            cancellationToken: Ended
        );

        Assert.Null(await watch.NextAsync());
        var refused = await Assert.ThrowsAsync<HttpRequestException>(WatchAsync);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task An_operator_that_stops_does_not_wait_for_watches()
    {
        await using var watch = await WatchAsync();
        Assert.Equal("published", (await watch.NextAsync())!.Value.Name);
        var began = TimeProvider.System.GetTimestamp();

        Assert.Equal(0, await _operator.StopAsync(Ended));

        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 0, 10);
        Assert.Null(await watch.NextAsync());
    }

    private Task<OpenWatch> WatchAsync() =>
        OpenWatch.StartAsync(
            new Uri($"http://127.0.0.1:{_operator.ApiPort}"),
            $"/v1/namespaces/{_fixture.Namespace}/coderepos/hello/watch",
            _token,
            lastEventId: null,
            Ended
        );
}

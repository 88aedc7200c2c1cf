using CodeRepoOperator.Machinery;

namespace CodeRepoOperator.Cloning;

/// <summary>What the API server has to do for CodeRepos, by its own count. It is nobody else's meanwhile.</summary>
[Collection(nameof(OwnControlPlane))]
public sealed class ApiRequestTests(OwnControlPlane plane)
{
    private const int Repos = 10;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_CodeRepo_costs_few_requests_to_be_cloned_none_at_rest_or_looked_up_and_few_to_be_deleted()
    {
        await using var bench = await CloneBench.StartAsync(plane.Cluster);
        var running = await bench.StartReadyOperatorAsync();
        var names = Enumerable.Range(0, Repos).Select(number => $"repo-{number}").ToList();

        var before = await CountAsync();
        foreach (var name in names)
        {
            await bench.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.Interval) = (name, "1s"));
        }

        await Eventually.HoldsAsync(
            "all are Ready", async token => await running.MetricAsync("coderepo_repos{state=\"Ready\"}", token) == Repos, CloneBench.Soon, Token);
        await Eventually.HoldsAsync("all events are there", async _ => (await bench.AllEventsAsync()).Count == Repos, CloneBench.Soon, Token);
        var cloned = await CountAsync();
        Assert.InRange(cloned.OfOperatorSince(before) / Repos, 1, 4);

        var seen = bench.Server.Requests;
        await Eventually.True(() => bench.Server.Requests >= seen + (6 * Repos), CloneBench.Soon, Token, "each is looked up a few times");
        var lookedUp = await CountAsync();
        Assert.Equal(0, lookedUp.OfOperatorSince(cloned));

        foreach (var name in names)
        {
            await bench.DeleteAsync(name);
        }

        await Eventually.HoldsAsync("all are gone", async _ => (await bench.ListAsync()).Count == 0, CloneBench.Soon, Token);
        await Eventually.HoldsAsync("all events are there", async _ => (await bench.AllEventsAsync()).Count == 2 * Repos, CloneBench.Soon, Token);
        await running.StopAsync(Token);
        Assert.InRange((await CountAsync()).OfOperatorSince(lookedUp) / Repos, 1, 2);
    }

    private Task<ApiRequests> CountAsync() => ApiRequests.ReadAsync(plane.Cluster.Admin, Token);
}

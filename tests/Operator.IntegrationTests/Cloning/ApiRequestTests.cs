namespace CodeRepoOperator.Cloning;

/// <summary>What the API server has to do for CodeRepos, by its own count. It is nobody else's meanwhile.</summary>
[Collection(nameof(OwnControlPlane))]
[Trait("Category", "Slow")]
public sealed class ApiRequestTests(OwnControlPlane plane)
{
    private const int Repos = 10;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_CodeRepo_costs_few_requests_to_be_cloned_none_at_rest_or_polled_and_few_to_be_deleted()
    {
        await using var fixture = await CloneFixture.StartAsync(plane.Cluster);
        var running = await fixture.StartReadyOperatorAsync();
        var names = Enumerable.Range(0, Repos).Select(number => $"repo-{number}").ToList();

        var before = await CountAsync();
        foreach (var name in names)
        {
            await fixture.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.Interval) = (name, "1s"));
        }

        await Eventually.HoldsAsync(
            "all are Ready",
            async token => await running.MetricAsync("coderepo_repos{state=\"Ready\"}", token) == Repos,
            CloneFixture.Soon,
            Token
        );
        await Eventually.HoldsAsync(
            "all events are there",
            async _ => (await fixture.AllEventsAsync()).Count == Repos,
            CloneFixture.Soon,
            Token
        );
        var cloned = await CountAsync();
        Assert.InRange(cloned.OfOperatorSince(before) / Repos, 1, 4);

        var seen = fixture.Server.Requests;
        await Eventually.True(() => fixture.Server.Requests >= seen + (6 * Repos), CloneFixture.Soon, Token, "each is polled a few times");
        var lookedUp = await CountAsync();
        Assert.Equal(0, lookedUp.OfOperatorSince(cloned));

        foreach (var name in names)
        {
            await fixture.DeleteAsync(name);
        }

        await Eventually.HoldsAsync("all are gone", async _ => (await fixture.ListAsync()).Count == 0, CloneFixture.Soon, Token);
        await Eventually.HoldsAsync(
            "all events are there",
            async _ => (await fixture.AllEventsAsync()).Count == 2 * Repos,
            CloneFixture.Soon,
            Token
        );
        await running.StopAsync(Token);
        Assert.InRange((await CountAsync()).OfOperatorSince(lookedUp) / Repos, 1, 2);
    }

    private Task<ApiRequests> CountAsync() => ApiRequests.ReadAsync(plane.Cluster.Admin, Token);
}

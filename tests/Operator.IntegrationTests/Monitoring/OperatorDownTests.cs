namespace CodeRepoOperator.Monitoring;

/// <summary>The drill of docs/operations.md.</summary>
[Trait("Category", "Slow")]
public sealed class OperatorDownTests(KubeApiServer cluster)
{
    private const string Alert = "ALERTS{alertname=\"CodeRepoOperatorDown\", alertstate=\"firing\"}";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_alert_fires_when_the_operator_is_stopped_and_resolves_when_another_is_at_another_address()
    {
        using var directory = new TemporaryDirectory();
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var first = await fixture.StartReadyOperatorAsync();
        var configuration = new ScrapeConfiguration(directory.Path);
        await configuration.WriteAsync(first.Port, Token);
        await using var prometheus = await PrometheusProcess.StartAsync(directory.Path, Token);
        await prometheus.SeeAsync("coderepo_store_lease_held == 1", Token);
        await prometheus.SeeNoneAsync(Alert, Token);

        await first.StopAsync(Token);
        var firing = Assert.Single(await prometheus.SeeAsync(Alert, Token));
        var second = await fixture.StartReadyOperatorAsync();
        await configuration.TargetAsync(second.Port, Token);
        await prometheus.SeeNoneAsync(Alert, Token);

        Assert.Equal(ScrapeConfiguration.Release, (firing.Labels["namespace"], firing.Labels["job"]));
        Assert.Equal("critical", firing.Labels["severity"]);
        Assert.NotEmpty(await prometheus.QueryAsync("coderepo_store_lease_held == 1", Token));
    }
}

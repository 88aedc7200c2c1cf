namespace CodeRepoOperator.Indexing.Pods;

/// <summary>The row of a pod is free as soon as the API server says that the pod is gone, and never before.</summary>
[Trait("Category", "Slow")]
public sealed class GonePodTests(KubeApiServer cluster, PostgresServer postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("deleted")]
    [InlineData("Failed")]
    [InlineData("Succeeded")]
    public async Task The_row_of_a_pod_that_ends_is_free_and_others_stay(string end)
    {
        await using var fixture = await PodsFixture.StartAsync(cluster, postgres);
        var (one, other) = (await fixture.AddPodAsync("one"), await fixture.AddPodAsync("other"));
        var row = await fixture.AddRowAsync(fixture.HolderOf(one));
        Guid[] held =
        [
            await fixture.AddRowAsync(fixture.HolderOf(other)),
            await fixture.AddRowAsync("somebody"),
            await fixture.AddRowAsync(null),
            await fixture.AddRowAsync("pod/elsewhere/one/0f8fad5b-d9cb-469f-a165-70867728950e"),
        ];

        await (end == "deleted" ? fixture.DeleteAsync("one") : fixture.SetPhaseAsync("one", end));
        await fixture.SeeFreeAsync(row);

        Assert.All(await Task.WhenAll(held.Select(fixture.Rows.StatusAsync)), status => Assert.Equal("indexing", status));
        Assert.Equal((1, null), (await fixture.Rows.ResetsAsync(row), await HolderAsync(fixture, row)));
        Assert.False(await fixture.Rows.Database.ReadAsync<bool>($"SELECT coderepo_heartbeat('{row}', 1)", Token));
    }

    [Fact]
    public async Task A_pod_that_is_being_deleted_holds_its_row_until_it_is_gone()
    {
        await using var fixture = await PodsFixture.StartAsync(cluster, postgres);
        var pod = await fixture.AddPodAsync("one");
        var (row, mark) = (await fixture.AddRowAsync(fixture.HolderOf(pod)), await fixture.AddPodAsync("mark"));
        var marked = await fixture.AddRowAsync(fixture.HolderOf(mark));

        await fixture.DeleteAsync("one", graceSeconds: 3600);
        await fixture.DeleteAsync("mark");
        await fixture.SeeFreeAsync(marked);

        Assert.Equal("indexing", await fixture.Rows.StatusAsync(row));
        await fixture.DeleteAsync("one");
        await fixture.SeeFreeAsync(row);
    }

    [Fact]
    public async Task The_next_pod_of_the_same_name_is_another_holder()
    {
        await using var fixture = await PodsFixture.StartAsync(cluster, postgres);
        var first = await fixture.AddPodAsync("indexer-0");
        var row = await fixture.AddRowAsync(fixture.HolderOf(first));
        await fixture.DeleteAsync("indexer-0");
        await fixture.SeeFreeAsync(row);
        var second = await fixture.AddPodAsync("indexer-0");
        await fixture.Rows.Database.RunAsync("SELECT coderepo_claim($1, '30 minutes', $2)", Token, row, fixture.HolderOf(second));

        Assert.Equal([fixture.HolderOf(first)], await fixture.Pods.GoneAsync([fixture.HolderOf(first), fixture.HolderOf(second)], Token));
        Assert.Equal("indexing", await fixture.Rows.StatusAsync(row));
    }

    [Fact]
    public async Task Pods_that_the_watch_does_not_show_are_asked_for_by_name()
    {
        await using var fixture = await PodsFixture.StartAsync(cluster, postgres);
        var other = await fixture.AddPodAsync("other-app", app: "other");
        var never = $"pod/{fixture.Namespace}/never/0f8fad5b-d9cb-469f-a165-70867728950e";
        var spelled = fixture.HolderOf(other).Replace(other.Metadata.Uid, other.Metadata.Uid.ToUpperInvariant(), StringComparison.Ordinal);

        Assert.Equal([never], await fixture.Pods.GoneAsync([fixture.HolderOf(other), spelled, never], Token));
    }

    [Fact]
    public async Task What_can_not_be_learned_is_no_end()
    {
        await using var fixture = await PodsFixture.StartAsync(cluster, postgres);
        var never = $"pod/{fixture.Namespace}/never/0f8fad5b-d9cb-469f-a165-70867728950e";
        await Eventually.True(() => fixture.Knowledge.IsWhole, PodsFixture.Soon, Token);
        fixture.Way.Before = _ => throw new HttpRequestException("Connection refused");

        Assert.Empty(await fixture.Pods.GoneAsync([never], Token));
        Assert.Empty(await fixture.Pods.GoneAsync([never], Token));
        Assert.Contains("can't be asked", Assert.Single(fixture.Log.Entries).Text, StringComparison.Ordinal);
        Assert.False(fixture.Knowledge.IsWhole);
        fixture.Way.Before = _ => Task.CompletedTask;
        Assert.Equal([never], await fixture.Pods.GoneAsync([never], Token));
        await Eventually.True(() => fixture.Knowledge.IsWhole, PodsFixture.Soon, Token);
    }

    [Fact]
    public async Task One_sweep_asks_for_so_many_pods_and_no_more()
    {
        await using var fixture = await PodsFixture.StartAsync(cluster, postgres);
        string[] invented = [.. Enumerable.Range(0, 500).Select(_ => $"pod/{fixture.Namespace}/invented/{Guid.NewGuid()}")];
        fixture.Way.Forget();

        var gone = await fixture.Pods.GoneAsync(invented, Token);

        Assert.Equal(100, gone.Count);
        Assert.Equal(100, fixture.Way.Requests.Count(request => request.EndsWith("/pods/invented", StringComparison.Ordinal)));
    }

    private static Task<string?> HolderAsync(PodsFixture fixture, Guid row) =>
        fixture.Rows.Database.ReadAsync<string?>("SELECT indexing_holder FROM repositories WHERE id = $1", Token, row);
}

using CodeRepoOperator.Machinery;
using Microsoft.Extensions.Time.Testing;
using static CodeRepoOperator.Machinery.InformerRequests;

namespace CodeRepoOperator.Runtime.Watching;

/// <summary>The informer over connections that break, hang, or keep silent; the API server itself stays.</summary>
public sealed class InformerTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broken_connection_is_taken_up_where_it_was()
    {
        await using var bench = await InformerBench.CreateAsync(cluster);
        await bench.StartAsync();

        bench.Proxy.Cut();
        await bench.AddAsync("while-away");
        await bench.DeleteAsync("of-the-start");

        await bench.SeeAsync("while-away");
        await bench.SeeGoneAsync("of-the-start");
        Assert.Single(bench.Way.Requests, IsWholeList);
        Assert.Single(bench.Warnings);
        Assert.Single(bench.Recoveries);
        Assert.Equal(1, await bench.FailuresAsync());
    }

    [Fact]
    public async Task A_connection_that_hangs_silently_is_noticed_and_what_changed_meanwhile_is_picked_up()
    {
        await using var bench = await InformerBench.CreateAsync(cluster);
        await bench.StartAsync();

        bench.Proxy.HangConnections();
        await bench.AddAsync("while-away");

        await bench.SeeAsync("while-away");
        Assert.Single(bench.Way.Requests, IsWholeList);
        Assert.Single(bench.Warnings);
    }

    [Fact]
    public async Task While_everything_hangs_the_age_grows_and_afterwards_all_is_caught_up()
    {
        await using var bench = await InformerBench.CreateAsync(cluster);
        await bench.StartAsync();

        bench.Proxy.Hang();
        await bench.AddAsync("while-away");
        await bench.DeleteAsync("of-the-start");
        await Eventually.True(() => bench.Informer.Age > TimeSpan.FromSeconds(8) && bench.Warnings.Count > 0, InformerBench.Soon, Token);
        Assert.NotNull(bench.Find("of-the-start"));

        bench.Proxy.Resume();
        await bench.SeeAsync("while-away");
        await bench.SeeGoneAsync("of-the-start");
        Assert.True(bench.Informer.Age < TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task A_watch_that_is_silent_although_its_connection_lives_is_opened_anew()
    {
        var time = new FakeTimeProvider();
        await using var bench = await InformerBench.CreateAsync(cluster, time);
        bench.Way.Hangs = request => request.Contains("watch=true", StringComparison.Ordinal);
        await bench.Informer.StartAsync(Token);
        await bench.Informer.WhenSyncedAsync(Token);
        await Eventually.True(() => bench.Way.Requests.Any(IsWatch), InformerBench.Soon, Token);
        bench.Way.Hangs = _ => false;
        await bench.AddAsync("while-silent");

        time.Advance(TimeSpan.FromSeconds(149));
        Assert.Single(bench.Way.Requests, IsWatch);
        time.Advance(TimeSpan.FromSeconds(1));

        await bench.SeeAsync("while-silent");
        Assert.Equal(1, await bench.FailuresAsync());
    }

    [Fact]
    public async Task A_list_that_hangs_in_the_middle_is_given_up()
    {
        var time = new FakeTimeProvider();
        await using var bench = await InformerBench.CreateAsync(cluster, time);
        bench.Way.Hangs = IsWholeList;
        await bench.AddAsync("there");
        await bench.Informer.StartAsync(Token);
        await Eventually.True(() => bench.Way.Requests.Any(IsWholeList), InformerBench.Soon, Token);
        bench.Way.Hangs = _ => false;

        await Eventually.True(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(10));
                return bench.Informer.HasSynced;
            },
            InformerBench.Soon,
            Token);

        Assert.NotNull(bench.Find("there"));
        Assert.Contains("no whole answer within 60 s", Assert.Single(bench.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bookmarks_move_where_a_watch_is_taken_up_although_nothing_happened_in_it()
    {
        // The API server sends one 2 s before it ends a watch: the other one must be there by then, on a busy machine too.
        await using var bench = await InformerBench.CreateAsync(cluster, watchTimeout: TimeSpan.FromSeconds(10));
        await bench.Informer.StartAsync(Token);
        await bench.Informer.WhenSyncedAsync(Token);
        await Eventually.True(() => bench.Way.Requests.Any(IsWatch), InformerBench.Soon, Token);
        var elsewhere = await bench.AddAsync("elsewhere", await cluster.CreateNamespaceAsync(Token));

        await Eventually.True(() => bench.Way.Requests.Count(IsWatch) == 2, InformerBench.Soon, Token);

        Assert.False(ResourceVersions.IsOlder(VersionOf(bench.Way.Requests.Last(IsWatch)), than: elsewhere));
        Assert.Empty(bench.Changed);
        Assert.Empty(bench.Warnings);
    }
}

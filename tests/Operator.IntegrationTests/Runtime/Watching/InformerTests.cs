using Microsoft.Extensions.Time.Testing;
using static CodeRepoOperator.Machinery.Cluster.InformerRequests;

namespace CodeRepoOperator.Runtime.Watching;

/// <summary>The informer over connections that break, hang, or keep silent; the API server itself stays.</summary>
[Trait("Category", "Slow")]
public sealed class InformerTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broken_connection_is_taken_up_where_it_was()
    {
        await using var fixture = await InformerFixture.CreateAsync(cluster);
        await fixture.StartAsync();

        fixture.Proxy.Cut();
        await fixture.AddAsync("while-away");
        await fixture.DeleteAsync("of-the-start");

        await fixture.SeeAsync("while-away");
        await fixture.SeeGoneAsync("of-the-start");
        Assert.Single(fixture.Way.Requests, IsWholeList);
        Assert.Single(fixture.Warnings);
        Assert.Single(fixture.Recoveries);
        Assert.Equal(1, await fixture.FailuresAsync());
    }

    [Fact]
    public async Task A_connection_that_hangs_silently_is_noticed_and_what_changed_meanwhile_is_picked_up()
    {
        await using var fixture = await InformerFixture.CreateAsync(cluster);
        await fixture.StartAsync();

        fixture.Proxy.HangConnections();
        await fixture.AddAsync("while-away");

        await fixture.SeeAsync("while-away");
        Assert.Single(fixture.Way.Requests, IsWholeList);
        Assert.Single(fixture.Warnings);
    }

    [Fact]
    public async Task While_everything_hangs_the_age_grows_and_afterwards_all_is_caught_up()
    {
        await using var fixture = await InformerFixture.CreateAsync(cluster);
        await fixture.StartAsync();

        fixture.Proxy.Hang();
        await fixture.AddAsync("while-away");
        await fixture.DeleteAsync("of-the-start");
        await Eventually.True(
            () => fixture.Informer.Age > TimeSpan.FromSeconds(8) && fixture.Warnings.Count > 0,
            InformerFixture.Soon,
            Token
        );
        Assert.NotNull(fixture.Find("of-the-start"));

        fixture.Proxy.Resume();
        await fixture.SeeAsync("while-away");
        await fixture.SeeGoneAsync("of-the-start");
        Assert.True(fixture.Informer.Age < TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task A_watch_that_is_silent_although_its_connection_lives_is_opened_anew()
    {
        var time = new FakeTimeProvider();
        await using var fixture = await InformerFixture.CreateAsync(cluster, time);
        fixture.Way.Hangs = request => request.Contains("watch=true", StringComparison.Ordinal);
        await fixture.Informer.StartAsync(Token);
        await fixture.Informer.WhenSyncedAsync(Token);
        await Eventually.True(() => fixture.Way.Requests.Any(IsWatch), InformerFixture.Soon, Token);
        fixture.Way.Hangs = _ => false;
        await fixture.AddAsync("while-silent");

        time.Advance(TimeSpan.FromSeconds(149));
        Assert.Single(fixture.Way.Requests, IsWatch);
        time.Advance(TimeSpan.FromSeconds(1));

        await fixture.SeeAsync("while-silent");
        Assert.Equal(1, await fixture.FailuresAsync());
    }

    [Fact]
    public async Task A_list_that_hangs_in_the_middle_is_given_up()
    {
        var time = new FakeTimeProvider();
        await using var fixture = await InformerFixture.CreateAsync(cluster, time);
        fixture.Way.Hangs = IsWholeList;
        await fixture.AddAsync("there");
        await fixture.Informer.StartAsync(Token);
        await Eventually.True(() => fixture.Way.Requests.Any(IsWholeList), InformerFixture.Soon, Token);
        fixture.Way.Hangs = _ => false;

        await Eventually.True(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(10));
                return fixture.Informer.HasSynced;
            },
            InformerFixture.Soon,
            Token
        );

        Assert.NotNull(fixture.Find("there"));
        Assert.Contains("no whole response within 60 s", Assert.Single(fixture.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bookmarks_move_where_a_watch_is_taken_up_although_nothing_happened_in_it()
    {
        // The API server sends one 2 s before it ends a watch: the other one must be there by then, on a busy machine too.
        await using var fixture = await InformerFixture.CreateAsync(cluster, watchTimeout: TimeSpan.FromSeconds(10));
        await fixture.Informer.StartAsync(Token);
        await fixture.Informer.WhenSyncedAsync(Token);
        await Eventually.True(() => fixture.Way.Requests.Any(IsWatch), InformerFixture.Soon, Token);
        var elsewhere = await fixture.AddAsync("elsewhere", await cluster.CreateNamespaceAsync(Token));

        await Eventually.True(() => fixture.Way.Requests.Count(IsWatch) == 2, InformerFixture.Soon, Token);

        Assert.False(ResourceVersions.IsOlder(VersionOf(fixture.Way.Requests.Last(IsWatch)), than: elsewhere));
        Assert.Empty(fixture.Changed);
        Assert.Empty(fixture.Warnings);
    }
}

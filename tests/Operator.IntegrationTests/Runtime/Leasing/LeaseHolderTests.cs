using System.Collections.Concurrent;
using System.Diagnostics;

namespace CodeRepoOperator.Runtime.Leasing;

/// <summary>A lease on a real API server, and what others and the network do to it.</summary>
[Trait("Category", "Slow")]
public sealed class LeaseHolderTests(KubeApiServer cluster)
{
    /// <summary>Renewed every 2 s; a request may take 1 s.</summary>
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(6);

    /// <summary>The default.</summary>
    private static readonly TimeSpan Default = TimeSpan.FromSeconds(15);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Renewing_takes_one_request_and_reads_only_after_somebody_else_wrote()
    {
        await using var fixture = await LeaseFixture.StartAsync(cluster, Short);
        await Eventually.True(() => fixture.Methods.Count >= 4, LeaseFixture.Soon, Token);
        Assert.Equal(["GET", "POST", "PUT", "PUT"], fixture.Methods.Take(4));
        fixture.Way.Forget();

        await fixture.PatchAsync(new { metadata = new { annotations = new { by = "hand" } } });
        await Eventually.True(() => fixture.Methods.Count >= 4, LeaseFixture.Soon, Token);
        Assert.Equal(["PUT", "GET", "PUT", "PUT"], fixture.Methods.Take(4));
        Assert.Equal("hand", (await fixture.GetAsync()).Metadata.Annotations["by"]);
        fixture.Way.Forget();

        await fixture.DeleteAsync();
        await Eventually.True(() => fixture.Methods.Count >= 4, LeaseFixture.Soon, Token);
        Assert.Equal(["PUT", "GET", "POST", "PUT"], fixture.Methods.Take(4));
        Assert.True(fixture.Holder.IsHeld);
        Assert.Empty(fixture.Warnings);
    }

    [Fact]
    public async Task A_lease_that_another_has_taken_is_lost_at_the_next_renewal_and_not_taken_back()
    {
        await using var fixture = await LeaseFixture.StartAsync(cluster, Short);
        var lost = await fixture.Holder.WhenHeldAsync(Token);
        var asked = new ConcurrentQueue<(string Request, long At)>();
        fixture.Way.Before = request =>
        {
            asked.Enqueue((request, Stopwatch.GetTimestamp()));
            return Task.CompletedTask;
        };

        await fixture.PatchAsync(new { spec = new { holderIdentity = "another" } });

        await Eventually.True(() => lost.IsCancellationRequested, LeaseFixture.Soon, Token);
        Assert.False(fixture.Holder.IsHeld);
        Assert.True(fixture.Holder.IsHeldByOther);
        var (_, read) = asked.First(one => one.Request.StartsWith("GET", StringComparison.Ordinal));
        var (_, refused) = asked.TakeWhile(one => one.At < read).Last();
        Assert.InRange(Stopwatch.GetElapsedTime(refused, read), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal("another", (await fixture.GetAsync()).Spec.HolderIdentity);
    }

    [Fact]
    public async Task One_connection_that_hangs_silently_costs_no_lease()
    {
        await using var fixture = await LeaseFixture.StartAsync(cluster, Default);
        fixture.Proxy.HangConnections();
        var before = (await fixture.GetAsync()).Metadata.ResourceVersion;

        await Eventually.HoldsAsync(
            "it is renewed over another connection",
            async _ => (await fixture.GetAsync()).Metadata.ResourceVersion != before,
            LeaseFixture.Soon,
            Token
        );

        Assert.True(fixture.Holder.IsHeld);
        Assert.DoesNotContain(fixture.Warnings, warning => warning.Contains("run out", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_response_that_stops_in_the_middle_is_given_up_in_time_for_another_try()
    {
        await using var fixture = await LeaseFixture.StartAsync(cluster, Short);
        var hung = false;
        fixture.Way.Hangs = request => request.StartsWith("PUT", StringComparison.Ordinal) && !hung && (hung = true);

        await Eventually.True(() => fixture.Recoveries.Count == 1, LeaseFixture.Soon, Token);

        Assert.True(fixture.Holder.IsHeld);
        Assert.Single(fixture.Log.Entries, entry => entry.Text.Contains("no response within 1 s", StringComparison.Ordinal));
        Assert.Empty(fixture.Warnings);
    }

    [Theory]
    [InlineData("nobody listens")]
    [InlineData("who connects is cut off")]
    public async Task An_outage_is_reported_once_and_so_is_its_end(string outage)
    {
        await using var fixture = await LeaseFixture.StartAsync(cluster, TimeSpan.FromSeconds(3));
        fixture.Way.Forget();

        if (outage == "nobody listens")
        {
            fixture.Proxy.Refuse();
        }
        else
        {
            fixture.Proxy.Lifetime = _ => TimeSpan.Zero;
            fixture.Proxy.Cut();
        }

        await Eventually.SeeAsync(
            "the lease has run out, after some tries",
            _ =>
                Task.FromResult(
                    $"held: {fixture.Holder.IsHeld}; {string.Join(' ', fixture.Methods)}; {string.Join('\n', fixture.Log.Entries)}"
                ),
            _ => !fixture.Holder.IsHeld && fixture.Methods.Count >= 5,
            LeaseFixture.Soon,
            Token
        );
        fixture.Proxy.Resume();

        await fixture.Holder.WhenHeldAsync(Token);
        await Eventually.True(() => fixture.Recoveries.Count == 1, LeaseFixture.Soon, Token);

        // That the lease has run out, what broke the connection, and what no connection could be had for: one who is cut off may see that
        // in two ways, by when.
        Assert.InRange(fixture.Warnings.Count, 2, outage == "nobody listens" ? 3 : 5);
        Assert.Distinct(fixture.Warnings);
        Assert.Single(fixture.Warnings, warning => warning.Contains("has run out", StringComparison.Ordinal));
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using CodeRepoOperator.Machinery;

namespace CodeRepoOperator.Runtime.Leasing;

/// <summary>A lease on a real API server, and what others and the network do to it.</summary>
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
        await using var bench = await LeaseBench.StartAsync(cluster, Short);
        await Eventually.True(() => bench.Methods.Count >= 4, LeaseBench.Soon, Token);
        Assert.Equal(["GET", "POST", "PUT", "PUT"], bench.Methods.Take(4));
        bench.Way.Forget();

        await bench.PatchAsync(new { metadata = new { annotations = new { by = "hand" } } });
        await Eventually.True(() => bench.Methods.Count >= 4, LeaseBench.Soon, Token);
        Assert.Equal(["PUT", "GET", "PUT", "PUT"], bench.Methods.Take(4));
        Assert.Equal("hand", (await bench.GetAsync()).Metadata.Annotations["by"]);
        bench.Way.Forget();

        await bench.DeleteAsync();
        await Eventually.True(() => bench.Methods.Count >= 4, LeaseBench.Soon, Token);
        Assert.Equal(["PUT", "GET", "POST", "PUT"], bench.Methods.Take(4));
        Assert.True(bench.Holder.IsHeld);
        Assert.Empty(bench.Warnings);
    }

    [Fact]
    public async Task A_lease_that_another_has_taken_is_lost_at_the_next_renewal_and_not_taken_back()
    {
        await using var bench = await LeaseBench.StartAsync(cluster, Short);
        var lost = await bench.Holder.WhenHeldAsync(Token);
        var asked = new ConcurrentQueue<(string Request, long At)>();
        bench.Way.Before = request =>
        {
            asked.Enqueue((request, Stopwatch.GetTimestamp()));
            return Task.CompletedTask;
        };

        await bench.PatchAsync(new { spec = new { holderIdentity = "another" } });

        await Eventually.True(() => lost.IsCancellationRequested, LeaseBench.Soon, Token);
        Assert.False(bench.Holder.IsHeld);
        Assert.True(bench.Holder.IsHeldByOther);
        var (_, read) = asked.First(one => one.Request.StartsWith("GET", StringComparison.Ordinal));
        var (_, refused) = asked.TakeWhile(one => one.At < read).Last();
        Assert.InRange(Stopwatch.GetElapsedTime(refused, read), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal("another", (await bench.GetAsync()).Spec.HolderIdentity);
    }

    [Fact]
    public async Task One_connection_that_hangs_silently_costs_no_lease()
    {
        await using var bench = await LeaseBench.StartAsync(cluster, Default);
        bench.Proxy.HangConnections();
        var before = (await bench.GetAsync()).Metadata.ResourceVersion;

        await Eventually.HoldsAsync(
            "it is renewed over another connection",
            async _ => (await bench.GetAsync()).Metadata.ResourceVersion != before,
            LeaseBench.Soon,
            Token);

        Assert.True(bench.Holder.IsHeld);
        Assert.DoesNotContain(bench.Warnings, warning => warning.Contains("run out", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_that_stops_in_the_middle_is_given_up_in_time_for_another_try()
    {
        await using var bench = await LeaseBench.StartAsync(cluster, Short);
        var hung = false;
        bench.Way.Hangs = request => request.StartsWith("PUT", StringComparison.Ordinal) && !hung && (hung = true);

        await Eventually.True(() => bench.Recoveries.Count == 1, LeaseBench.Soon, Token);

        Assert.True(bench.Holder.IsHeld);
        Assert.Single(bench.Log.Entries, entry => entry.Text.Contains("no answer within 1 s", StringComparison.Ordinal));
        Assert.Empty(bench.Warnings);
    }

    [Theory]
    [InlineData("nobody listens")]
    [InlineData("who connects is cut off")]
    public async Task An_outage_is_told_once_and_so_is_its_end(string outage)
    {
        await using var bench = await LeaseBench.StartAsync(cluster, TimeSpan.FromSeconds(3));
        bench.Way.Forget();

        if (outage == "nobody listens")
        {
            bench.Proxy.Refuse();
        }
        else
        {
            bench.Proxy.Lifetime = _ => TimeSpan.Zero;
            bench.Proxy.Cut();
        }

        await Eventually.SeeAsync(
            "the lease has run out, after some tries",
            _ => Task.FromResult($"held: {bench.Holder.IsHeld}; {string.Join(' ', bench.Methods)}; {string.Join('\n', bench.Log.Entries)}"),
            _ => !bench.Holder.IsHeld && bench.Methods.Count >= 5,
            LeaseBench.Soon,
            Token);
        bench.Proxy.Resume();

        await bench.Holder.WhenHeldAsync(Token);
        await Eventually.True(() => bench.Recoveries.Count == 1, LeaseBench.Soon, Token);

        // That the lease has run out, what broke the connection, and what no connection could be had for: one who is cut off may see that
        // in two ways, by when.
        Assert.InRange(bench.Warnings.Count, 2, outage == "nobody listens" ? 3 : 5);
        Assert.Distinct(bench.Warnings);
        Assert.Single(bench.Warnings, warning => warning.Contains("has run out", StringComparison.Ordinal));
    }
}

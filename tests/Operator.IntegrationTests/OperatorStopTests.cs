using System.Diagnostics;
using k8s;

namespace CodeRepoOperator;

/// <summary>What signals do to the operator's program.</summary>
[Trait("Category", "Slow")]
public sealed class OperatorStopTests(KubeApiServer cluster)
{
    /// <summary>Half of what System.CommandLine would give a stop; measured: 0.03 s.</summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_ends_in_time_although_a_clone_hangs_and_publishes_nothing()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await StartWithHangingCloneAsync(fixture);

        var watch = Stopwatch.StartNew();
        Assert.Equal(0, await running.StopAsync(Token));

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.False(Directory.Exists(fixture.Clone()));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(fixture.Store, ".coderepo", "tmp")));
        Assert.Null(
            (
                await cluster.Admin.CoordinationV1.ReadNamespacedLeaseAsync(
                    KubeApiServer.OperatorClaim,
                    fixture.Home,
                    cancellationToken: Token
                )
            )
                .Spec
                .HolderIdentity
        );
    }

    [Fact]
    public async Task It_ends_in_time_although_the_API_server_hangs_too()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await using var way = new HttpProxy(cluster.Admin.BaseUri.Port);
        var running = await StartWithHangingCloneAsync(fixture, ("HTTPS_PROXY", way.Address));
        way.Hang();

        var watch = Stopwatch.StartNew();
        Assert.Equal(0, await running.StopAsync(Token));

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData(Signal.Terminate, 143)]
    [InlineData(Signal.Interrupt, 130)]
    public async Task A_second_signal_ends_it_and_its_git_workers_at_once(int signal, int exitCode)
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await using var way = new HttpProxy(cluster.Admin.BaseUri.Port);
        var running = await StartWithHangingCloneAsync(fixture, ("HTTPS_PROXY", way.Address));
        way.Hang();
        Signal.Send(running.Id, Signal.Terminate);
        await Eventually.True(() => running.Log.Contains("Stopping after SIGTERM", StringComparison.Ordinal), CloneFixture.Soon, Token);

        var watch = Stopwatch.StartNew();
        Signal.Send(running.Id, signal);
        Assert.Equal(exitCode, await running.WhenEndedAsync(Token));

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, AtOnce);
        await Eventually.True(() => !GitWorkersOf(fixture).Any(), AtOnce, Token);
    }

    private static async Task<OperatorProcess> StartWithHangingCloneAsync(
        CloneFixture fixture,
        params (string Name, string Value)[] settings
    )
    {
        fixture.Server.Fault = request => request.Method == "POST" ? new() { HangAfter = 100 } : null;
        var running = await fixture.StartReadyOperatorAsync(settings);
        await fixture.CreateAsync();
        await Eventually.HoldsAsync(
            "a clone is running",
            async token => await running.MetricAsync("coderepo_clones_in_progress", token) == 1,
            CloneFixture.Soon,
            Token
        );
        return running;
    }

    /// <summary>Git workers that have files of the store open.</summary>
    private static IEnumerable<string> GitWorkersOf(CloneFixture fixture) =>
        Directory
            .GetDirectories("/proc")
            .Where(process =>
            {
                try
                {
                    return Directory
                        .GetFiles(Path.Combine(process, "fd"))
                        .Any(file =>
                            File.ResolveLinkTarget(file, returnFinalTarget: false)
                                ?.FullName.StartsWith(fixture.Store, StringComparison.Ordinal) == true
                        );
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                {
                    // No process, or one that ended meanwhile.
                    return false;
                }
            });
}

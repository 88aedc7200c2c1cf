using System.Diagnostics;

namespace CodeRepoOperator;

/// <summary>How soon the operator is ready, from the start of its process on.</summary>
[Collection(nameof(RunAlone))]
public sealed class OperatorStartTests(KubeApiServer cluster)
{
    /// <summary>
    /// The best of so many counts: a busy machine slows down one start or two, an operator that waits for work all of them.
    /// </summary>
    private const int MostStarts = 4;

    private const int Clients = 8;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// What 2,000 CodeRepos may add to a start without any: the time to list them. Cloning one of them would take for ever, as their remote
    /// hangs. How long a start takes in all is measured in bench/, since it depends on the machine.
    /// </summary>
    private static readonly TimeSpan ForListing = TimeSpan.FromSeconds(2.5);

    [Fact]
    public async Task It_is_ready_at_once_however_many_CodeRepos_wait_to_be_cloned()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        fixture.Server.Fault = request => request.Method == "POST" ? new() { HangAfter = 100 } : null;
        var empty = await BestStartAsync(fixture, enough: TimeSpan.Zero);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 2000),
            new ParallelOptions { MaxDegreeOfParallelism = Clients, CancellationToken = Token },
            async (number, _) => await fixture.CreateAsync(repo => repo.Metadata.Name = $"repo-{number}")
        );

        var full = await BestStartAsync(fixture, enough: empty + ForListing);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"ready after {empty.TotalSeconds:0.00} s, with 2,000 CodeRepos after {full.TotalSeconds:0.00} s"
        );
        Assert.InRange(full, TimeSpan.Zero, empty + ForListing);
    }

    private static async Task<TimeSpan> BestStartAsync(CloneFixture fixture, TimeSpan enough)
    {
        var best = TimeSpan.MaxValue;
        for (var start = 0; start < MostStarts && best > enough; start++)
        {
            var ready = await ReadyAfterAsync(fixture);
            best = ready < best ? ready : best;
        }

        return best;
    }

    private static async Task<TimeSpan> ReadyAfterAsync(CloneFixture fixture)
    {
        var watch = Stopwatch.StartNew();

        // With the lease's default: a third of it, as other tests have it, is little for the first request of a process.
        var running = await fixture.StartReadyOperatorAsync(OperatorProcess.UsualLease);
        var elapsed = watch.Elapsed;
        Assert.Equal(0, await running.MetricAsync("coderepo_repos_cloned_total", Token));
        Assert.Equal(0, await running.StopAsync(Token));
        return elapsed;
    }
}

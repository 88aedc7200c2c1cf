using System.Diagnostics;
using CodeRepoOperator.Machinery;

namespace CodeRepoOperator;

/// <summary>How soon the operator is ready, from the start of its process on.</summary>
[Collection(nameof(RunAlone))]
public sealed class OperatorStartTests(KubeApiServer cluster)
{
    /// <summary>The best of so many counts: a busy machine slows down one start or two, an operator that waits for work all of them.</summary>
    private const int MostStarts = 8;

    private const int Clients = 8;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 1.5)]
    [InlineData(2000, 4)]
    public async Task It_is_ready_at_once_however_many_CodeRepos_wait_to_be_cloned(int repos, double seconds)
    {
        await using var bench = await CloneBench.StartAsync(cluster);
        bench.Server.Fault = request => request.Method == "POST" ? new() { HangAfter = 100 } : null;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, repos),
            new ParallelOptions { MaxDegreeOfParallelism = Clients, CancellationToken = Token },
            async (number, _) => await bench.CreateAsync(repo => repo.Metadata.Name = $"repo-{number}"));

        var best = double.MaxValue;
        for (var start = 0; start < MostStarts && best >= seconds; start++)
        {
            best = Math.Min(best, await ReadyAfterAsync(bench));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{repos} CodeRepos: ready after {best:0.00} s");
        Assert.InRange(best, 0, seconds);
    }

    private static async Task<double> ReadyAfterAsync(CloneBench bench)
    {
        var watch = Stopwatch.StartNew();

        // With the lease's default: a third of it, as other tests have it, is little for the first request of a process.
        var running = await bench.StartReadyOperatorAsync(("Operator__LeaseDuration", "00:00:15"));
        var seconds = watch.Elapsed.TotalSeconds;
        Assert.Equal(0, await running.MetricAsync("coderepo_repos_cloned_total", Token));
        Assert.Equal(0, await running.StopAsync(Token));
        return seconds;
    }
}

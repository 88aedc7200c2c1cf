using System.Globalization;

namespace CodeRepoOperator;

/// <summary>
/// From the moment that a small clone's directory is gone to Ready again with a new one in place, through the operator's own program.
/// </summary>
internal static class HealBenchmark
{
    private const int Runs = 15;
    private const double WantedMilliseconds = 500;

    // The shortest that there is: what is measured is what comes on top.
    private static readonly TimeSpan VerifyInterval = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var cluster = await BenchCluster.StartAsync(cancellationToken);
        await using var running = BenchOperator.Start(cluster, VerifyInterval);
        await cluster.CreateAsync(cancellationToken);
        await cluster.SeeReadyAsync(reclones: 0, cancellationToken);
        var (ours, gits) = (new Series(), new Series());
        for (var run = 1; run <= Runs; run++)
        {
            await gits.TimeAsync(() => GitProgram.CloneAsync(cluster.Url, cluster.NewPath(), cancellationToken));
            await ours.TimeAsync(() => LoseAndSeeAsync(cluster, run, cancellationToken));
        }

        var wanted = VerifyInterval.TotalMilliseconds + gits.Median + WantedMilliseconds;
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"wiped to Ready: ours {ours}, of which half of Store:VerifyInterval ({VerifyInterval.TotalMilliseconds:0} ms) passes "
                    + $"on average until it is seen; "
                    + $"git clone {gits}: the longest is {ours.Max / wanted:0.00} times VerifyInterval + git + {WantedMilliseconds} ms "
                    + $"= {wanted:0} ms, wanted at most 1.00"
            )
        );
    }

    // In one step, so that there is one moment to measure from.
    private static async Task LoseAndSeeAsync(BenchCluster cluster, int reclones, CancellationToken cancellationToken)
    {
        var clone = Path.Combine(cluster.Store, BenchCluster.Namespace, BenchCluster.Name);
        Directory.Move(clone, cluster.NewPath());
        await cluster.SeeReadyAsync(reclones, cancellationToken);
        if (!Directory.Exists(Path.Combine(clone, ".git")))
        {
            throw new InvalidOperationException("Ready without a clone.");
        }
    }
}

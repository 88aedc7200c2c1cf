using System.Diagnostics;
using System.Globalization;

namespace CodeRepoOperator;

/// <summary>From the moment that a small clone's folder is gone to Ready again with a new one in place, through the operator's own program.</summary>
internal static class HealBenchmark
{
    private const int Runs = 15;
    private const double WantedMilliseconds = 500;

    // The shortest that there is: what is measured is what comes on top.
    private static readonly TimeSpan VerifyInterval = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var cluster = await BenchCluster.StartAsync(cancellationToken);
        using var running = Start(cluster);
        try
        {
            await cluster.CreateAsync(cancellationToken);
            await cluster.SeeReadyAsync(reclones: 0, cancellationToken);
            var (ours, gits) = (new Series(), new Series());
            for (var run = 1; run <= Runs; run++)
            {
                await gits.TimeAsync(() => GitProgram.RunAsync(
                    "/", null, cancellationToken, "clone", "-q", "--depth", "1", "--single-branch", cluster.Url, cluster.NewPath()));
                await ours.TimeAsync(() => LoseAndSeeAsync(cluster, run, cancellationToken));
            }

            var wanted = VerifyInterval.TotalMilliseconds + gits.Median + WantedMilliseconds;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"wiped to Ready: ours {ours}, of which half of Store:VerifyInterval ({VerifyInterval.TotalMilliseconds:0} ms) passes on average until it is seen; "
                + $"git clone {gits}: the longest is {ours.Max / wanted:0.00} times VerifyInterval + git + {WantedMilliseconds} ms = {wanted:0} ms, wanted at most 1.00"));
        }
        finally
        {
            running.Kill();
            await running.WaitForExitAsync(CancellationToken.None);
        }
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

    private static Process Start(BenchCluster cluster)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "coderepo-operator"))
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in cluster.Settings(VerifyInterval).Append(("Serving__Port", FreePort())))
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    private static string FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }
}

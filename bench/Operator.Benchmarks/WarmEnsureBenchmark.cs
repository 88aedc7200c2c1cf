using System.Diagnostics;
using System.Globalization;
using CodeRepoOperator.Cloning;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Runtime;
using CodeRepoOperator.Runtime.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CodeRepoOperator;

/// <summary>
/// Callers of <see cref="CloneMaker"/> on a clone that is there, in an operator that runs in this process: the real
/// one, on a real API server, idle but for its loops.
/// </summary>
internal static class WarmEnsureBenchmark
{
    private const int WarmUp = 20_000;
    private const int Calls = 200_000;
    private const double WantedMicroseconds = 50;

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var cluster = await BenchCluster.StartAsync(cancellationToken);
        await using var app = Build(cluster.Settings(TimeSpan.FromSeconds(15)));
        await app.StartAsync(cancellationToken);
        await cluster.CreateAsync(cancellationToken);
        var wanted = DesiredClone.Of(await cluster.SeeReadyAsync(reclones: 0, cancellationToken)).Value!;
        var maker = app.Services.GetRequiredService<CloneMaker>();
        await MeasureAsync(maker, wanted, WarmUp, cancellationToken);
        foreach (var threads in new[] { 1, 2 })
        {
            var heap = GC.GetTotalMemory(forceFullCollection: true);
            var allocated = GC.GetTotalAllocatedBytes(precise: true);
            var times = await Task.WhenAll(
                Enumerable
                    .Range(0, threads)
                    .Select(_ => Task.Run(() => MeasureAsync(maker, wanted, Calls, cancellationToken), cancellationToken))
            );
            allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;

            // The times themselves are ours, not the store's.
            heap = GC.GetTotalMemory(forceFullCollection: true) - heap - (threads * Calls * sizeof(long));
            allocated -= threads * Calls * sizeof(long);
            Print(threads, times, heap, allocated);
        }

        await app.StopAsync(cancellationToken);
    }

    private static WebApplication Build(IEnumerable<(string Name, string Value)> settings)
    {
        foreach (var (name, value) in settings)
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddRuntime(new RuntimeNames("coderepo.dev/benchmark", "coderepo"));
        builder.Services.AddCloning();
        return builder.Build();
    }

    /// <returns>How long each call took, in the stopwatch's ticks.</returns>
    private static async Task<long[]> MeasureAsync(CloneMaker maker, DesiredClone wanted, int calls, CancellationToken cancellationToken)
    {
        var times = new long[calls];
        for (var i = 0; i < calls; i++)
        {
            var started = Stopwatch.GetTimestamp();
            var result = await maker.EnsureAsync(wanted, cancellationToken);
            times[i] = Stopwatch.GetTimestamp() - started;
            if (result is not { Published: not null, Change: CloneChange.None })
            {
                throw new InvalidOperationException($"The clone is not warm: {result.Failure?.Message}");
            }
        }

        return times;
    }

    private static void Print(int threads, long[][] times, long heap, long allocated)
    {
        double first = At(0.5, times.SelectMany(own => own[..(own.Length / 10)])),
            last = At(0.5, times.SelectMany(own => own[^(own.Length / 10)..]));
        var all = times.SelectMany(own => own).Order().ToArray();
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"warm ensure, {threads} thread(s), {all.Length} calls: p50 {At(0.5, all):0.0} µs, p99 {At(0.99, all):0.0} µs, max "
                    + $"{At(1, all):0} µs; "
                    + $"the first tenth {first:0.0} µs, the last {last:0.0} µs; {(double)allocated / all.Length:0} B a call, heap "
                    + $"{heap / 1024.0:+0;-0;0} kB; "
                    + $"wanted p99 below {WantedMicroseconds} µs, no growth"
            )
        );
    }

    private static double At(double share, IEnumerable<long> times)
    {
        var sorted = times.Order().ToArray();
        return sorted[Math.Min((int)(share * sorted.Length), sorted.Length - 1)] * 1e6 / Stopwatch.Frequency;
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using GitServer;
using k8s.Models;

namespace CodeRepoOperator;

/// <summary>2,000 CodeRepos: how soon the operator is ready, what each costs from create to Ready, at rest, and to delete.</summary>
internal static class FleetBenchmark
{
    private const int Fleet = 2000;
    private const int Starts = 3;
    private const string PollInterval = "5m";

    private static readonly TimeSpan VerifyInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(15);

    /// <summary>.NET compiles what runs often once more, for a minute after the start.</summary>
    private static readonly TimeSpan WarmingUp = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AtRest = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan WithPolls = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(10);

    private static IEnumerable<string> Names =>
        Enumerable.Range(0, Fleet).Select(number => string.Create(CultureInfo.InvariantCulture, $"repo-{number:0000}"));

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var cluster = await BenchCluster.StartAsync(cancellationToken, files: 3);
        var bare = await StartAsync(cluster, "no CodeRepo", wantedMilliseconds: 1500, cancellationToken);
        foreach (var name in Names)
        {
            cluster.ServeAs(name);
        }

        var before = await ApiRequests.ReadAsync(cluster.Admin, cancellationToken);
        await Parallel.ForEachAsync(Names, cancellationToken, async (name, token) => await cluster.CreateAsync(name, token));
        await using (var running = BenchOperator.Start(cluster, VerifyInterval))
        {
            var ready = await running.WhenReadyAsync(cancellationToken);
            Print(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"ready with {Fleet} CodeRepos, none of them cloned: {ready.TotalMilliseconds:0} ms, wanted below 4000 ms"
                )
            );
            var started = TimeProvider.System.GetTimestamp();
            await running.WhenAtLeastAsync("coderepo_repos{state=\"Ready\"}", Fleet, cancellationToken);
            Print(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"all of them cloned and Ready: {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0} s"
                )
            );
            await Task.Delay(Settling, TimeProvider.System, cancellationToken);
            var after = await ApiRequests.ReadAsync(cluster.Admin, cancellationToken);
            Print(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"API requests a CodeRepo from create to Ready: {after.OfOperatorSince(before) / Fleet:0.00}, wanted at most 6 "
                        + $"({after.Since(before)})"
                )
            );
        }

        var full = await StartAsync(cluster, $"{Fleet} CodeRepos that are Ready", wantedMilliseconds: 4000, cancellationToken);
        Print(
            string.Create(
                CultureInfo.InvariantCulture,
                $"memory a CodeRepo: {(full - bare) / 1024.0 / Fleet:0.0} KiB, wanted below 20 KB ({bare / 1e6:0} MB without, "
                    + $"{full / 1e6:0} MB with)"
            )
        );
        await using (var running = BenchOperator.Start(cluster, VerifyInterval))
        {
            await RestAsync(cluster, running, cancellationToken);
            await PollAsync(cluster, running, cancellationToken);
            before = await ApiRequests.ReadAsync(cluster.Admin, cancellationToken);
            await Parallel.ForEachAsync(Names, cancellationToken, async (name, token) => await cluster.DeleteAsync(name, token));
            while ((await running.MetricAsync("coderepo_repos{state=\"Ready\"}", cancellationToken)) > 0)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
            }

            await Task.Delay(Settling, TimeProvider.System, cancellationToken);
            var after = await ApiRequests.ReadAsync(cluster.Admin, cancellationToken);
            Print(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"API requests a deletion: {after.OfOperatorSince(before) / Fleet:0.00}, wanted at most 3 ({after.Since(before)})"
                )
            );
        }
    }

    /// <returns>Its memory at rest: the median, in bytes.</returns>
    private static async Task<long> StartAsync(
        BenchCluster cluster,
        string with,
        int wantedMilliseconds,
        CancellationToken cancellationToken
    )
    {
        var (times, memory, resident) = (new Series(), new Series(), new Series());
        for (var start = 0; start < Starts; start++)
        {
            await using var running = BenchOperator.Start(cluster, VerifyInterval);
            times.Add(await running.WhenReadyAsync(cancellationToken));
            await Task.Delay(Settling, TimeProvider.System, cancellationToken);
            memory.Add(running.PrivateMemory);
            resident.Add(running.ResidentMemory);
        }

        Print(
            $"ready with {with}: {times}, wanted below {wantedMilliseconds} ms; {resident.Median / 1e6:0} MB resident "
                + $"{Settling.TotalSeconds:0} s later"
        );
        return (long)memory.Median;
    }

    private static async Task RestAsync(BenchCluster cluster, BenchOperator running, CancellationToken cancellationToken)
    {
        await running.WhenReadyAsync(cancellationToken);
        await Task.Delay(WarmingUp, TimeProvider.System, cancellationToken);
        var before = await ApiRequests.ReadAsync(cluster.Admin, cancellationToken);
        var (time, started) = (running.ProcessorTime, TimeProvider.System.GetTimestamp());
        await Task.Delay(AtRest, TimeProvider.System, cancellationToken);
        var (elapsed, after) = (TimeProvider.System.GetElapsedTime(started), await ApiRequests.ReadAsync(cluster.Admin, cancellationToken));
        Print(
            $"{Fleet} CodeRepos with interval 0s, {elapsed.TotalSeconds:0} s: {after.OfOperatorSince(before):0} writes, wanted 0 "
                + $"({after.Since(before)}); "
                + $"{(running.ProcessorTime - time) / elapsed:0.00 %} of a core, wanted below 2 %; {running.ResidentMemory / 1e6:0} MB "
                + "resident"
        );
    }

    private static async Task PollAsync(BenchCluster cluster, BenchOperator running, CancellationToken cancellationToken)
    {
        var patch = new V1Patch(new { spec = new { interval = PollInterval } }, V1Patch.PatchType.MergePatch);
        await Parallel.ForEachAsync(Names, cancellationToken, async (name, token) => await cluster.PatchAsync(name, patch, token));
        await Task.Delay(Settling, TimeProvider.System, cancellationToken);
        var (looks, started) = (new ConcurrentQueue<(string Repository, TimeSpan At)>(), TimeProvider.System.GetTimestamp());
        var before = await ApiRequests.ReadAsync(cluster.Admin, cancellationToken);
        var time = running.ProcessorTime;
        cluster.Git.Fault = request =>
        {
            if (GitHttpServer.StageOf(request) == RequestStage.InfoRefs)
            {
                looks.Enqueue((request.Path.Value!, TimeProvider.System.GetElapsedTime(started)));
            }

            return null;
        };

        // Two intervals: the first poll is due at some time within the first one.
        await Task.Delay(WithPolls, TimeProvider.System, cancellationToken);
        cluster.Git.Fault = _ => null;
        var after = await ApiRequests.ReadAsync(cluster.Admin, cancellationToken);
        var counts = looks.CountBy(look => look.Repository).Select(count => count.Value).ToList();
        var slices = looks.GroupBy(look => (int)(look.At / Slice)).Select(slice => slice.Count()).ToList();
        var gaps = looks
            .GroupBy(look => look.Repository)
            .SelectMany(of => of.Zip(of.Skip(1), (one, next) => (next.At - one.At).TotalSeconds))
            .ToList();
        Print(
            $"{Fleet} CodeRepos with interval {PollInterval}, {WithPolls.TotalMinutes:0} min: {looks.Count} polls of {counts.Count} "
                + "repositories, "
                + $"{counts.Min()} to {counts.Max()} each, {gaps.Min():0} to {gaps.Max():0} s apart; in {Slice.TotalSeconds:0} s "
                + $"{slices.Min()} to {slices.Max()}, "
                + $"{looks.Count * (Slice / WithPolls):0} on average; {after.OfOperatorSince(before):0} writes, wanted 0; "
                + $"{(running.ProcessorTime - time) / WithPolls:0.0 %} of a core"
        );
    }

    private static void Print(string line) => Console.WriteLine(line);
}

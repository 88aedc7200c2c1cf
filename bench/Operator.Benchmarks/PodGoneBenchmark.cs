using System.Globalization;
using k8s;
using k8s.Models;

namespace CodeRepoOperator;

/// <summary>How soon the row of a pod can be claimed again, from when the API server says that the pod has ended or is deleted.</summary>
internal static class PodGoneBenchmark
{
    private const int Pods = 200;

    private static readonly TimeSpan VerifyInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);

    /// <summary>So that one sweep is over, and the next would be a minute later.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var cluster = await BenchCluster.StartAsync(cancellationToken, files: 3);
        await using var database = await BenchDatabase.StartAsync(cancellationToken);
        await database.MigrateAsync([], cancellationToken);
        await cluster.Admin.CoreV1.CreateNamespacedServiceAccountAsync(
            new V1ServiceAccount { Metadata = new V1ObjectMeta { Name = "default" } },
            BenchCluster.Namespace,
            cancellationToken: cancellationToken
        );
        var pods = new List<V1Pod>();
        for (var number = 0; number < Pods; number++)
        {
            pods.Add(await CreateAsync(cluster, number, cancellationToken));
            var holder = $"pod/{BenchCluster.Namespace}/{pods[number].Metadata.Name}/{pods[number].Metadata.Uid}";
            var row = string.Create(CultureInfo.InvariantCulture, $"INSERT INTO repositories (id, status) VALUES ({number}, 'pending')");
            var claim = string.Create(CultureInfo.InvariantCulture, $"SELECT coderepo_claim({number}, '1 day', '{holder}')");
            await database.RunAsync($"{row}; {claim}", cancellationToken);
        }

        await using var running = BenchOperator.Start(
            cluster,
            VerifyInterval,
            ("Indexing__ConnectionFile", database.ConnectionFile),
            ("Indexing__PodNamespaces__0", BenchCluster.Namespace)
        );
        await running.WhenReadyAsync(cancellationToken);
        await Task.Delay(Settling, TimeProvider.System, cancellationToken);
        var (ended, deleted) = (new Series(), new Series());
        foreach (var (number, pod) in pods.Index())
        {
            _ = await (number % 2 == 0 ? EndAsync(cluster, pod, cancellationToken) : DeleteAsync(cluster, pod, cancellationToken));
            await (number % 2 == 0 ? ended : deleted).TimeAsync(() => ClaimAsync(database, number, cancellationToken));
        }

        Print($"row of a pod that ended, to the next claim of it, {Pods / 2} times: {ended}, 99 % within {ended.Percentile(99):0} ms");
        Print(
            $"row of a pod that was deleted, {Pods / 2} times: {deleted}, 99 % within {deleted.Percentile(99):0} ms; wanted below 1000 ms"
        );
    }

    private static Task<V1Pod> CreateAsync(BenchCluster cluster, int number, CancellationToken cancellationToken) =>
        cluster.Admin.CoreV1.CreateNamespacedPodAsync(
            new V1Pod
            {
                Metadata = new V1ObjectMeta { Name = string.Create(CultureInfo.InvariantCulture, $"indexer-{number}") },
                Spec = new V1PodSpec
                {
                    Containers = [new V1Container { Name = "indexer", Image = "indexer" }],
                    RestartPolicy = "Never",
                    AutomountServiceAccountToken = false,
                },
            },
            BenchCluster.Namespace,
            cancellationToken: cancellationToken
        );

    private static Task<V1Pod> EndAsync(BenchCluster cluster, V1Pod pod, CancellationToken cancellationToken) =>
        cluster.Admin.CoreV1.PatchNamespacedPodStatusAsync(
            new V1Patch(new { status = new { phase = "Failed" } }, V1Patch.PatchType.MergePatch),
            pod.Metadata.Name,
            BenchCluster.Namespace,
            cancellationToken: cancellationToken
        );

    private static Task<V1Pod> DeleteAsync(BenchCluster cluster, V1Pod pod, CancellationToken cancellationToken) =>
        cluster.Admin.CoreV1.DeleteNamespacedPodAsync(
            pod.Metadata.Name,
            BenchCluster.Namespace,
            gracePeriodSeconds: 0,
            cancellationToken: cancellationToken
        );

    private static async Task ClaimAsync(BenchDatabase database, int number, CancellationToken cancellationToken)
    {
        var claim = string.Create(CultureInfo.InvariantCulture, $"SELECT coderepo_claim({number}, '1 day', 'next') IS NOT NULL");
        while (!await database.ReadAsync<bool>(claim, cancellationToken))
        {
            await Task.Delay(Look, TimeProvider.System, cancellationToken);
        }
    }

    private static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}

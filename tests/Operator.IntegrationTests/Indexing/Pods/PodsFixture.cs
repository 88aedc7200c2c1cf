using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Runtime.Watching;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Options;
using Prometheus;

namespace CodeRepoOperator.Indexing.Pods;

/// <summary>
/// Pods of a namespace, which nobody runs: their phase is what a test writes. And rows that they hold, with a sweeper that looks after them
/// and sweeps otherwise once an hour.
/// </summary>
internal sealed class PodsFixture : IAsyncDisposable
{
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly KubeApiServer _cluster;
    private readonly ApiClient _kubernetes;
    private readonly IndexingDatabase _database;
    private readonly StuckIndexingSweeper _loop;
    private readonly PodWatch _watch;

    private PodsFixture(KubeApiServer cluster, string ofNamespace, IndexingFixture rows, KubernetesClientConfiguration configuration)
    {
        (_cluster, Namespace, Rows) = (cluster, ofNamespace, rows);
        _kubernetes = new ApiClient(configuration, TimeProvider.System, Way);
        var options = Options.Create(
            new IndexingOptions
            {
                ConnectionFile = rows.ConnectionFile,
                SweepInterval = TimeSpan.FromHours(1),
                PodNamespaces = [ofNamespace],
                PodSelector = "app=indexer",
            }
        );
        var cache = new EntityCache<V1Pod> { StatusDiffers = PodReader.StatusDiffers };
        var reflector = new Reflector<V1Pod>(
            new PodReader(_kubernetes) { LabelSelector = options.Value.PodSelector },
            cache,
            new Backoff(Random.Shared),
            new RuntimeMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()), new RuntimeNames("test", "test")),
            TimeProvider.System,
            new RecordingLogger<Reflector<V1Pod>>()
        );
        Knowledge = new PodKnowledge(options, TimeProvider.System);
        Pods = new IndexerPods(cache, _kubernetes, Knowledge, options, Log);
        _watch = new PodWatch(reflector, cache, Requests, Knowledge);
        _database = new IndexingDatabase(options);
        var metrics = new IndexingMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()), options);
        var sweeper = new Sweeper(
            _database,
            new NoCodeRepos(),
            Pods,
            new SweepReporter(metrics, new RecordingLogger<SweepReporter>()),
            options,
            TimeProvider.System
        );
        _loop = new StuckIndexingSweeper(sweeper, Requests, options, TimeProvider.System, new RecordingLogger<StuckIndexingSweeper>());
    }

    public string Namespace { get; }

    public IndexingFixture Rows { get; }

    public IndexerPods Pods { get; }

    public PodKnowledge Knowledge { get; }

    public SweepRequests Requests { get; } = new();

    public WayToApiServer Way { get; } = new();

    public RecordingLogger<IndexerPods> Log { get; } = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<PodsFixture> StartAsync(KubeApiServer cluster, PostgresServer postgres)
    {
        var fixture = new PodsFixture(
            cluster,
            await cluster.CreateNamespaceAsync(Token),
            await IndexingFixture.CreateAsync(postgres),
            await KubernetesClientConfiguration.BuildConfigFromConfigFileAsync(new FileInfo(cluster.AdminKubeconfig))
        );
        await fixture.CreateAccountAsync();
        await fixture._loop.StartAsync(Token);
        await fixture._watch.StartAsync(Token);
        return fixture;
    }

    /// <summary>Creates a pod that counts as running.</summary>
    public async Task<V1Pod> AddPodAsync(string name, string app = "indexer")
    {
        await _cluster.Admin.CoreV1.CreateNamespacedPodAsync(
            new V1Pod
            {
                Metadata = new V1ObjectMeta
                {
                    Name = name,
                    Labels = new Dictionary<string, string> { ["app"] = app },
                },
                Spec = new V1PodSpec
                {
                    NodeName = "no-node",
                    AutomountServiceAccountToken = false,
                    Containers = [new V1Container { Name = "indexer", Image = "none" }],
                },
            },
            Namespace,
            cancellationToken: Token
        );
        return await SetPhaseAsync(name, "Running");
    }

    /// <summary>Writes a phase, as a kubelet does.</summary>
    public Task<V1Pod> SetPhaseAsync(string name, string phase) =>
        _cluster.Admin.CoreV1.PatchNamespacedPodStatusAsync(
            new V1Patch(new { status = new { phase } }, V1Patch.PatchType.MergePatch),
            name,
            Namespace,
            cancellationToken: Token
        );

    /// <summary>Deletes a pod, at once or as one whose containers get time to end.</summary>
    public Task DeleteAsync(string name, int graceSeconds = 0) =>
        _cluster.Admin.CoreV1.DeleteNamespacedPodAsync(name, Namespace, gracePeriodSeconds: graceSeconds, cancellationToken: Token);

    /// <summary>Adds a row that was claimed just now.</summary>
    public async Task<Guid> AddRowAsync(string? holder)
    {
        var id = await Rows.Database.ReadAsync<Guid>("INSERT INTO repositories (status) VALUES ('pending') RETURNING id", Token);
        await Rows.Database.RunAsync("SELECT coderepo_claim($1, '30 minutes', $2)", Token, id, (object?)holder ?? DBNull.Value);
        return id;
    }

    /// <summary>What a pod calls itself.</summary>
    public string HolderOf(V1Pod pod) => $"pod/{Namespace}/{pod.Metadata.Name}/{pod.Metadata.Uid}";

    /// <summary>Waits until a row is free.</summary>
    public Task SeeFreeAsync(Guid row) =>
        Eventually.HoldsAsync("the row is free", async _ => await Rows.StatusAsync(row) == "error", Soon, Token);

    public async ValueTask DisposeAsync()
    {
        await _watch.StopAsync(CancellationToken.None);
        await _loop.StopAsync(CancellationToken.None);
        _watch.Dispose();
        _loop.Dispose();
        await _database.DisposeAsync();
        _kubernetes.Dispose();
        await Rows.DisposeAsync();
    }

    /// <summary>No pod is admitted without one, and there is no controller that makes it.</summary>
    private async Task CreateAccountAsync() =>
        await _cluster.Admin.CoreV1.CreateNamespacedServiceAccountAsync(
            new V1ServiceAccount { Metadata = new V1ObjectMeta { Name = "default" } },
            Namespace,
            cancellationToken: Token
        );
}

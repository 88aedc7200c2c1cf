using System.Collections.Concurrent;
using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Runtime.Watching;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Prometheus;

namespace CodeRepoOperator.Machinery.Cluster;

/// <summary>An informer of one namespace, with the operator's rights, and a way to the API server that can break.</summary>
internal sealed class InformerFixture : IAsyncDisposable
{
    /// <summary>
    /// Long enough for the longest wait between two attempts, a connection that must be given up first, and a busy machine.
    /// </summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(45);

    private readonly KubeApiServer _cluster;
    private readonly CollectorRegistry _metrics = Metrics.NewCustomRegistry();
    private readonly ConcurrentQueue<NamespacedName> _changed = new();

    private InformerFixture(
        KubeApiServer cluster,
        string ofNamespace,
        KubernetesClientConfiguration configuration,
        TimeProvider time,
        TimeSpan? watchTimeout
    )
    {
        (_cluster, Namespace) = (cluster, ofNamespace);
        Proxy = new TcpProxy(cluster.Port);
        configuration.Host = $"https://127.0.0.1:{Proxy.Port}";
        Kubernetes = new ApiClient(configuration, time, Way);
        var reflector = new Reflector<CodeRepo>(
            new EntityReader<CodeRepo>(Kubernetes),
            Cache,
            new Backoff(Random.Shared),
            new RuntimeMetrics(Metrics.WithCustomRegistry(_metrics), new RuntimeNames("test", "test")),
            time,
            Log
        )
        {
            WatchTimeout = watchTimeout ?? TimeSpan.FromMinutes(5),
        };
        Informer = new Informer<CodeRepo>(reflector, Options.Create(new RuntimeOptions { Namespaces = [ofNamespace] }), time);
        Informer.Changed += _changed.Enqueue;
    }

    public string Namespace { get; }

    public TcpProxy Proxy { get; }

    public WayToApiServer Way { get; } = new();

    public ApiClient Kubernetes { get; }

    public EntityCache<CodeRepo> Cache { get; } = new();

    public Informer<CodeRepo> Informer { get; }

    public RecordingLogger<Reflector<CodeRepo>> Log { get; } = new();

    /// <summary>The keys that were reported, in order.</summary>
    public IReadOnlyCollection<NamespacedName> Changed => _changed;

    /// <summary>What was logged for people to read: warnings, and what is worth a line.</summary>
    public IReadOnlyList<string> Warnings => [.. Log.Entries.Where(entry => entry.Level >= LogLevel.Warning).Select(entry => entry.Text)];

    /// <summary>The lines that say that watching works again.</summary>
    public IReadOnlyList<string> Recoveries =>
        [
            .. Log
                .Entries.Where(entry =>
                    entry.Level == LogLevel.Information && entry.Text.Contains("again, after", StringComparison.Ordinal)
                )
                .Select(entry => entry.Text),
        ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Makes it. It begins with <see cref="StartAsync"/>.</summary>
    public static async Task<InformerFixture> CreateAsync(
        KubeApiServer cluster,
        TimeProvider? time = null,
        TimeSpan? watchTimeout = null
    ) =>
        new(
            cluster,
            await cluster.CreateNamespaceAsync(Token),
            await cluster.ConfigurationForServiceAccountAsync(KubeApiServer.OperatorNamespace, KubeApiServer.OperatorAccount, Token),
            time ?? TimeProvider.System,
            watchTimeout
        );

    /// <summary>Starts the informer and waits until it has seen everything and watches.</summary>
    public async Task StartAsync()
    {
        await Informer.StartAsync(Token);
        await Informer.WhenSyncedAsync(Token);
        await AddAsync("of-the-start");
        await SeeAsync("of-the-start");
    }

    /// <summary>Creates a CodeRepo that nobody clones.</summary>
    /// <returns>Its resource version.</returns>
    public async Task<string> AddAsync(string name, string? ofNamespace = null) => (
            await _cluster.Admin.CustomObjects.CreateNamespacedCustomObjectAsync<CodeRepo>(
                new CodeRepo
                {
                    Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = ofNamespace ?? Namespace },
                    Spec = new CodeRepoSpec { GitUrl = "https://git.example.com/team/hello.git" },
                },
                CodeRepo.Group,
                CodeRepo.Version,
                ofNamespace ?? Namespace,
                CodeRepo.Plural,
                cancellationToken: Token
            )
        ).Metadata.ResourceVersion;

    public Task DeleteAsync(string name) =>
        _cluster.Admin.CustomObjects.DeleteNamespacedCustomObjectAsync(
            CodeRepo.Group,
            CodeRepo.Version,
            Namespace,
            CodeRepo.Plural,
            name,
            cancellationToken: Token
        );

    /// <summary>Waits until the cache has a CodeRepo.</summary>
    public Task SeeAsync(string name) => Eventually.True(() => Find(name) is not null, Soon, Token);

    /// <summary>Waits until the cache has a CodeRepo no more.</summary>
    public Task SeeGoneAsync(string name) => Eventually.True(() => Find(name) is null, Soon, Token);

    /// <summary>Waits for the line that says that watching works again.</summary>
    public Task SeeRecoveryAsync() => Eventually.True(() => Recoveries.Count == 1, Soon, Token);

    /// <summary>A CodeRepo as the cache has it.</summary>
    public CodeRepo? Find(string name) => Cache.Find(new NamespacedName(Namespace, name));

    /// <summary>How many lists and watches have failed.</summary>
    public async Task<double> FailuresAsync()
    {
        using var exported = new MemoryStream();
        await _metrics.CollectAndExportAsTextAsync(exported, Token);
        var line = Encoding
            .UTF8.GetString(exported.ToArray())
            .Split('\n')
            .Single(line => line.StartsWith("test_watch_failures_total ", StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        // Shown where the test fails, which is not known yet.
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', Log.Entries));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', Way.Requests));

        await Informer.StopAsync(CancellationToken.None);
        Informer.Dispose();
        Kubernetes.Dispose();
        await Proxy.DisposeAsync();
    }
}

using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.CodeRepos;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Leasing;
using CodeRepoOperator.Runtime.Monitoring;
using CodeRepoOperator.Runtime.Queueing;
using CodeRepoOperator.Runtime.Reporting;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Runtime.Watching;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Options;
using Prometheus;

namespace CodeRepoOperator.Machinery.Database;

/// <summary>CodeRepos of one namespace and rows of one database, and what connects them, with the operator's rights.</summary>
internal sealed class RowsFixture : IAsyncDisposable
{
    public const string Url = "https://git.example.com/team/hello.git";

    /// <summary>Long enough for what takes a moment on a busy machine.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly KubeApiServer _cluster;
    private readonly TemporaryDirectory _directory = new();
    private readonly ApiClient _kubernetes;
    private readonly ApiClient _admin;
    private readonly EventBudget _budget = new(EventBudget.Refill, TimeProvider.System);

    private RowsFixture(
        KubeApiServer cluster,
        string ofNamespace,
        PostgresDatabase database,
        KubernetesClientConfiguration configuration,
        KubernetesClientConfiguration admin,
        Func<string, string, IndexingOptions> options
    )
    {
        (_cluster, Namespace, Database) = (cluster, ofNamespace, database);
        var file = Path.Combine(_directory.Path, "connection");
        File.WriteAllText(file, database.ConnectionString);
        Options = options(file, ofNamespace);
        _kubernetes = new ApiClient(configuration, TimeProvider.System, Way);
        _admin = new ApiClient(admin, TimeProvider.System);
        var (names, runtime) = (
            new RuntimeNames("coderepo.dev/operator", "test"),
            Microsoft.Extensions.Options.Options.Create(new RuntimeOptions { Namespaces = [ofNamespace] })
        );
        var metrics = new RuntimeMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()), names);
        var reflector = new Reflector<CodeRepo>(
            new EntityReader<CodeRepo>(_kubernetes),
            Cache,
            new Backoff(Random.Shared),
            metrics,
            TimeProvider.System,
            new RecordingLogger<Reflector<CodeRepo>>()
        );
        Informer = new Informer<CodeRepo>(reflector, runtime, TimeProvider.System);
        Lease = new LeaseHolder(
            _admin,
            new LeaseName(KubeApiServer.OperatorNamespace, $"rows-{Guid.NewGuid():n}"),
            runtime,
            TimeProvider.System,
            new RecordingLogger<LeaseHolder>()
        );
        Statuses = new StatusWriter<CodeRepo>(_kubernetes, Cache);
        var events = new EventPublisher(
            _kubernetes,
            new EventFactory(names, runtime, TimeProvider.System),
            _budget,
            metrics,
            TimeProvider.System,
            new RecordingLogger<EventPublisher>()
        );
        Reporter = new IndexingReporter(Statuses, events, Lease, names, TimeProvider.System, Refusals);
        Connections = new IndexingDatabase(Settings);
        Rows = new WatchedCodeRepos(Informer, Cache, Reporter, Settings, TimeProvider.System, Log);
    }

    public string Namespace { get; }

    public PostgresDatabase Database { get; }

    public IndexingOptions Options { get; }

    public IOptions<IndexingOptions> Settings => Microsoft.Extensions.Options.Options.Create(Options);

    public IndexingTarget Target => Options.AllTargets[0];

    public WayToApiServer Way { get; } = new();

    /// <summary>The operator's client.</summary>
    public IKubernetes Kubernetes => _kubernetes;

    /// <summary>The client of whoever may do anything.</summary>
    public IKubernetes Admin => _admin;

    public EntityCache<CodeRepo> Cache { get; } = new();

    public Informer<CodeRepo> Informer { get; }

    public LeaseHolder Lease { get; }

    public StatusWriter<CodeRepo> Statuses { get; }

    public IndexingReporter Reporter { get; }

    public IndexingDatabase Connections { get; }

    public WatchedCodeRepos Rows { get; }

    public RecordingLogger<WatchedCodeRepos> Log { get; } = new();

    /// <summary>What the reporter logs.</summary>
    public RecordingLogger<IndexingReporter> Refusals { get; } = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Makes it, with a database whose table has what a migration adds.</summary>
    public static Task<RowsFixture> CreateAsync(
        KubeApiServer cluster,
        PostgresServer postgres,
        Func<string, IndexingOptions>? options = null
    ) => CreateAsync(cluster, postgres, (file, _) => options?.Invoke(file) ?? new IndexingOptions { ConnectionFile = file });

    /// <summary>Makes it, with options by the file of the connection and the namespace.</summary>
    public static async Task<RowsFixture> CreateAsync(
        KubeApiServer cluster,
        PostgresServer postgres,
        Func<string, string, IndexingOptions> options
    )
    {
        var database = await postgres.CreateDatabaseAsync(Token);
        await database.RunAsync(PostgresDatabase.OriginalSchema, Token);
        await database.RunAsync(
            """
            ALTER TABLE repositories ADD indexing_started_at timestamptz, ADD indexing_heartbeat_at timestamptz,
              ADD indexing_token bigint NOT NULL DEFAULT 0, ADD indexing_resets int NOT NULL DEFAULT 0;
            CREATE INDEX ON repositories (lower(git_url));
            """,
            Token
        );
        return new RowsFixture(
            cluster,
            await cluster.CreateNamespaceAsync(Token),
            database,
            await cluster.ConfigurationForServiceAccountAsync(KubeApiServer.OperatorNamespace, KubeApiServer.OperatorAccount, Token),
            await KubernetesClientConfiguration.BuildConfigFromConfigFileAsync(new FileInfo(cluster.AdminKubeconfig)),
            options
        );
    }

    /// <summary>Makes it, starts informer and lease, and waits for both.</summary>
    public static async Task<RowsFixture> StartAsync(
        KubeApiServer cluster,
        PostgresServer postgres,
        Func<string, IndexingOptions>? options = null
    )
    {
        var fixture = await CreateAsync(cluster, postgres, options);
        await fixture.StartAsync();
        return fixture;
    }

    /// <summary>Starts informer and lease, and waits for both.</summary>
    public async Task StartAsync()
    {
        await Informer.StartAsync(Token);
        await Lease.StartAsync(Token);
        await Informer.WhenSyncedAsync(Token);
        await Lease.WhenHeldAsync(Token);
    }

    /// <summary>Creates a CodeRepo and gives it a status that says that its clone is there, and waits until the cache has both.</summary>
    public async Task<CodeRepo> AddAsync(string name = "hello", Action<CodeRepo>? change = null)
    {
        var made = await AddUnclonedAsync(name, change);
        var status = new CodeRepoStatus
        {
            Branch = made.Spec.Branch,
            Origin = new CodeRepoOrigin { Url = made.Spec.GitUrl, Access = CloneAccess.Secret },
            Conditions =
            [
                new V1Condition
                {
                    Type = ConditionTypes.CloneAvailable,
                    Status = "True",
                    Reason = Reasons.Cloned,
                    Message = "Holds it.",
                    LastTransitionTime = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc),
                },
            ],
        };
        made = await _cluster.Admin.CustomObjects.PatchNamespacedCustomObjectStatusAsync<CodeRepo>(
            new V1Patch(KubernetesJson.Serialize(new { status }), V1Patch.PatchType.MergePatch),
            CodeRepo.Group,
            CodeRepo.Version,
            Namespace,
            CodeRepo.Plural,
            name,
            cancellationToken: Token
        );
        if (Informer.HasSynced)
        {
            await Eventually.True(() => Cache.Find(NamespacedName.Of(made))?.Status?.Origin is not null, Soon, Token);
        }

        return made;
    }

    /// <summary>Creates a CodeRepo that nobody clones, and waits until the cache has it.</summary>
    public async Task<CodeRepo> AddUnclonedAsync(string name = "hello", Action<CodeRepo>? change = null)
    {
        var repo = new CodeRepo
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = Namespace },
            Spec = new CodeRepoSpec { GitUrl = Url, Branch = "main" },
        };
        change?.Invoke(repo);
        var made = await _cluster.Admin.CustomObjects.CreateNamespacedCustomObjectAsync<CodeRepo>(
            repo,
            CodeRepo.Group,
            CodeRepo.Version,
            Namespace,
            CodeRepo.Plural,
            cancellationToken: Token
        );
        if (Informer.HasSynced)
        {
            await Eventually.True(() => Cache.Find(NamespacedName.Of(made)) is not null, Soon, Token);
        }

        return made;
    }

    /// <summary>Makes a row; returns its key.</summary>
    public async Task<string> AddRowAsync(string url = Url, string? branch = "main", string status = "cloned", int resets = 0) =>
        (
            await Database.ReadAsync<string>(
                "INSERT INTO repositories (git_url, branch, status, indexing_resets, indexing_started_at) VALUES ($1, $2, $3, $4, "
                    + "'2026-01-02 03:04:05.678+00') RETURNING id::text",
                Token,
                url,
                branch,
                status,
                resets
            )
        )!;

    /// <summary>The thresholds before a sweep.</summary>
    public async Task<IReadOnlyList<KeyValuePair<string, TimeSpan>>> ThresholdsAsync(ICodeRepos? rows = null)
    {
        await using var connection = await Connections.OpenAsync(Token);
        var columns = await ColumnProbe.ReadAsync(connection, Target, Token);
        return [.. await (rows ?? Rows).ThresholdsAsync(connection, Target, columns!, Token)];
    }

    /// <summary>A round, as a sweeper makes it, that resets what is reported here; the rows are the test's to change.</summary>
    public async Task SweepAsync(SweepOutcome outcome = SweepOutcome.Swept, string? why = null, params SweptRow[] reset)
    {
        await ThresholdsAsync();
        await ReportAsync(outcome, why, reset);
    }

    /// <summary>The end of a round.</summary>
    public Task ReportAsync(SweepOutcome outcome, string? why, params SweptRow[] reset) =>
        Rows.ReportAsync([new SweepResult(Target, outcome, reset, why)], Token);

    /// <summary>A CodeRepo as the API server has it.</summary>
    public Task<CodeRepo> GetAsync(string name = "hello") =>
        _cluster.Admin.CustomObjects.GetNamespacedCustomObjectAsync<CodeRepo>(
            CodeRepo.Group,
            CodeRepo.Version,
            Namespace,
            CodeRepo.Plural,
            name,
            Token
        );

    /// <summary>Its condition, as status/reason; null: it has none.</summary>
    public async Task<string?> ConditionAsync(string name = "hello") =>
        CloneFixture.Condition(await GetAsync(name), ConditionTypes.IndexingHealthy) is { } condition
            ? $"{condition.Status}/{condition.Reason}"
            : null;

    /// <summary>Patches a CodeRepo as a user would, and waits until the cache has it.</summary>
    public async Task PatchAsync(object patch, string name = "hello")
    {
        var patched = await _cluster.Admin.CustomObjects.PatchNamespacedCustomObjectAsync<CodeRepo>(
            new V1Patch(patch, V1Patch.PatchType.MergePatch),
            CodeRepo.Group,
            CodeRepo.Version,
            Namespace,
            CodeRepo.Plural,
            name,
            cancellationToken: Token
        );
        await Eventually.True(
            () => Cache.Find(NamespacedName.Of(patched))?.Metadata.Generation == patched.Metadata.Generation,
            Soon,
            Token
        );
    }

    /// <summary>Writes a status as the controller does.</summary>
    public Task<CodeRepo> PublishAsync(CodeRepo repo, string name = "hello") =>
        Statuses.WriteAsync(
            Cache.Find(NamespacedName.Of(repo)) ?? repo,
            current: null,
            new CodeRepoStatus
            {
                ObservedGeneration = 1,
                Branch = repo.Spec.Branch ?? "main",
                Commit = new string('a', 40),
                Volume = new CodeRepoVolume { Path = $"{Namespace}/{name}" },
                Conditions =
                [
                    new V1Condition
                    {
                        Type = ConditionTypes.CloneAvailable,
                        Status = "True",
                        Reason = Reasons.Cloned,
                        Message = "Holds it.",
                        LastTransitionTime = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc),
                    },
                ],
            },
            "coderepo.dev/operator",
            Token
        );

    /// <summary>The events on a CodeRepo, as type, reason and note, oldest first.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync(string name = "hello") =>
        [
            .. (await _cluster.Admin.EventsV1.ListNamespacedEventAsync(Namespace, cancellationToken: Token))
                .Items.Where(item => item.Regarding?.Name == name)
                .OrderBy(item => item.EventTime)
                .Select(item => $"{item.Type} {item.Reason}: {item.Note}"),
        ];

    /// <summary>How many writes the operator's client has sent.</summary>
    public int Writes => Way.Requests.Count(request => !request.StartsWith(HttpMethod.Get.Method, StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        // Shown where the test fails, which is not known yet.
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', Log.Entries.Concat(Refusals.Entries)));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', Way.Requests));

        await Informer.StopAsync(CancellationToken.None);
        await Lease.StopAsync(CancellationToken.None);
        Informer.Dispose();
        Lease.Dispose();
        _budget.Dispose();
        _kubernetes.Dispose();
        _admin.Dispose();
        await Connections.DisposeAsync();
        await Database.DisposeAsync();
        _directory.Dispose();
    }
}

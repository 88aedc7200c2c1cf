using System.Globalization;
using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Settings;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace CodeRepoOperator.Indexing.Declaring;

/// <summary>A table whose rows declare CodeRepos of a namespace, and what keeps them so, with the operator's rights.</summary>
internal sealed class DeclaringFixture : IAsyncDisposable
{
    private const string Declarer = "coderepo-declarer";

    private readonly RowNotices _notices = new();
    private readonly DeclaredRepos _repos;
    private readonly List<IDisposable> _loops = [];

    private DeclaringFixture(RowsFixture rows)
    {
        Rows = rows;
        var metrics = new DeclaringMetrics(Metrics.WithCustomRegistry(Registry));
        Writer = new DeclaredRepoWriter(rows.Kubernetes, new RuntimeNames("coderepo.dev/operator", "test"), rows.Settings);
        _repos = new DeclaredRepos(rows.Cache, Writer, metrics, rows.Settings, TimeProvider.System, ReposLog);
        var table = new DeclaredTable(rows.Connections, metrics, rows.Settings, TableLog);
        var round = new DeclarationRound(table, _repos, _notices, metrics, RoundLog);
        Keeper = new DeclarationKeeper(rows.Informer, rows.Lease, round, _notices, rows.Settings, TimeProvider.System);
        Listener = new RowListener(rows.Connections, _notices, rows.Lease, rows.Settings, TimeProvider.System, ListenerLog);
    }

    public RowsFixture Rows { get; }

    public DeclaredRepoWriter Writer { get; }

    public DeclarationKeeper Keeper { get; }

    public RowListener Listener { get; }

    public CollectorRegistry Registry { get; } = Metrics.NewCustomRegistry();

    public RecordingLogger<DeclaredRepos> ReposLog { get; } = new();

    public RecordingLogger<DeclaredTable> TableLog { get; } = new();

    public RecordingLogger<DeclarationRound> RoundLog { get; } = new();

    public RecordingLogger<RowListener> ListenerLog { get; } = new();

    /// <summary>All warnings.</summary>
    public IReadOnlyList<string> Warnings =>
        [
            .. new[] { ReposLog.Entries, TableLog.Entries, RoundLog.Entries, ListenerLog.Entries }
                .SelectMany(entries => entries)
                .Where(entry => entry.Level >= LogLevel.Warning)
                .Select(entry => entry.Text),
        ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Makes it, on a migrated database, with all the rights that the documentation gives it.</summary>
    /// <param name="cluster">The API server.</param>
    /// <param name="postgres">The database server.</param>
    /// <param name="declare">Other options, by namespace.</param>
    /// <param name="target">Another table.</param>
    /// <param name="start">Whether informer, Lease and both loops are started.</param>
    public static async Task<DeclaringFixture> CreateAsync(
        KubeApiServer cluster,
        PostgresServer postgres,
        Func<string, DeclareOptions>? declare = null,
        IndexingTarget? target = null,
        bool start = true
    )
    {
        IndexingOptions Options(string file, string ofNamespace) =>
            new()
            {
                ConnectionFile = file,
                Targets = [target ?? new IndexingTarget()],
                Declare = declare?.Invoke(ofNamespace) ?? Polling(ofNamespace, TimeSpan.FromHours(1)),
            };
        var rows = await RowsFixture.CreateAsync(cluster, postgres, Options);
        await rows.Database.MigrateAsync(Token, ("Indexing__Declare__Enabled", "true"), ("Indexing__Declare__Namespace", rows.Namespace));
        var fixture = new DeclaringFixture(rows);
        await fixture.GrantAsync();
        if (start)
        {
            await rows.StartAsync();
            await fixture.StartAsync(fixture.Keeper);
            await fixture.StartAsync(fixture.Listener);
        }

        return fixture;
    }

    /// <summary>Gives the operator the right to write CodeRepos of the namespace.</summary>
    public Task GrantAsync() =>
        Rows.Admin.RbacAuthorizationV1.CreateNamespacedRoleBindingAsync(
            new V1RoleBinding
            {
                Metadata = new V1ObjectMeta { Name = Declarer },
                RoleRef = new V1RoleRef
                {
                    ApiGroup = V1ClusterRole.KubeGroup,
                    Kind = V1ClusterRole.KubeKind,
                    Name = Declarer,
                },
                Subjects =
                [
                    new Rbacv1Subject
                    {
                        Kind = V1ServiceAccount.KubeKind,
                        Name = KubeApiServer.OperatorAccount,
                        NamespaceProperty = KubeApiServer.OperatorNamespace,
                    },
                ],
            },
            Rows.Namespace,
            cancellationToken: Token
        );

    /// <summary>Takes that right.</summary>
    public Task RevokeAsync() =>
        Rows.Admin.RbacAuthorizationV1.DeleteNamespacedRoleBindingAsync(Declarer, Rows.Namespace, cancellationToken: Token);

    /// <summary>Options that poll so often.</summary>
    public static DeclareOptions Polling(string ofNamespace, TimeSpan interval, PrunePolicy prune = PrunePolicy.Delete) =>
        new()
        {
            Enabled = true,
            Namespace = ofNamespace,
            PollInterval = interval,
            Prune = prune,
            RequestsPerSecond = 1_000,
            Secrets = [new DeclaredSecret { Host = "private.example.com", Secret = "private" }],
        };

    /// <summary>Starts one of the loops.</summary>
    public async Task StartAsync(Runtime.Looping.SupervisedLoop loop)
    {
        _loops.Add(loop);
        await loop.StartAsync(Token);
    }

    /// <summary>Makes a row; returns its key.</summary>
    public async Task<string> AddAsync(string url, string? branch = "main", string? name = null) =>
        (
            await Rows.Database.ReadAsync<string>(
                "INSERT INTO repositories (git_url, branch, name) VALUES ($1, $2, $3) RETURNING id::text",
                Token,
                url,
                branch,
                name
            )
        )!;

    /// <summary>Runs SQL.</summary>
    public Task RunAsync(string sql, params object?[] values) => Rows.Database.RunAsync(sql, Token, values);

    /// <summary>All CodeRepos of the namespace, by name.</summary>
    public async Task<IReadOnlyDictionary<string, CodeRepo>> ReposAsync(CancellationToken cancellationToken)
    {
        var list = await Rows.Admin.CustomObjects.ListNamespacedCustomObjectAsync<V1CodeRepoList>(
            CodeRepo.Group,
            CodeRepo.Version,
            Rows.Namespace,
            CodeRepo.Plural,
            cancellationToken: cancellationToken
        );
        return list.Items.ToDictionary(repo => repo.Metadata.Name, StringComparer.Ordinal);
    }

    /// <summary>How many requests had a result.</summary>
    public async Task<double> WrittenAsync(string result)
    {
        var series = $"coderepo_indexing_declared_repos_total{{result=\"{result}\"}} ";
        using var exported = new MemoryStream();
        await Registry.CollectAndExportAsTextAsync(exported, Token);
        var line = Encoding
            .UTF8.GetString(exported.ToArray())
            .Split('\n')
            .Single(line => line.StartsWith(series, StringComparison.Ordinal));
        return double.Parse(line[series.Length..], CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until the CodeRepos are as they should be.</summary>
    public Task<IReadOnlyDictionary<string, CodeRepo>> SeeAsync(
        string expectation,
        Func<IReadOnlyDictionary<string, CodeRepo>, bool> holds
    ) => Eventually.SeeAsync(expectation, ReposAsync, holds, RowsFixture.Soon, Token)!;

    /// <summary>Waits until there are CodeRepos of these names, and no others.</summary>
    public Task<IReadOnlyDictionary<string, CodeRepo>> SeeAsync(params string[] names) =>
        SeeAsync($"CodeRepos {string.Join(", ", names)}", repos => repos.Keys.Order().SequenceEqual(names.Order()));

    public async ValueTask DisposeAsync()
    {
        foreach (var loop in _loops.OfType<Runtime.Looping.SupervisedLoop>())
        {
            await loop.StopAsync(CancellationToken.None);
            loop.Dispose();
        }

        _repos.Dispose();
        await Rows.DisposeAsync();
    }

    /// <summary>A list as the API server has it.</summary>
    internal sealed class V1CodeRepoList
    {
        [System.Text.Json.Serialization.JsonPropertyName("items")]
        public IList<CodeRepo> Items { get; init; } = [];
    }
}

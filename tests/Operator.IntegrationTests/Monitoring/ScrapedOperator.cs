using System.Text.RegularExpressions;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Machinery;

namespace CodeRepoOperator.Monitoring;

/// <summary>A running operator to which something of each kind has happened, and a Prometheus that scraped it all the while.</summary>
public sealed partial class ScrapedOperator(KubeApiServer cluster, PostgresServer server) : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private CloneBench? _bench;
    private IndexingBench? _database;
    private PrometheusProcess? _prometheus;

    /// <summary>The namespace and job that the target has, as with the ServiceMonitor.</summary>
    internal static (string Namespace, string Job) Release => (KubeApiServer.OperatorNamespace, "coderepo-operator-metrics");

    internal PrometheusProcess Prometheus => _prometheus!;

    internal CloneBench Bench => _bench!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        _database = await IndexingBench.CreateAsync(server);
        _bench = await CloneBench.StartAsync(cluster);
        var running = await _bench.StartReadyOperatorAsync(
            ("Indexing__ConnectionFile", _database.ConnectionFile),
            ("Indexing__SweepInterval", "00:00:01"),
            ("Indexing__MaxResets", "0"),
            ("Store__DeepVerifyInterval", "00:00:05"));
        await ConfigureAsync(running.Port);
        _prometheus = await PrometheusProcess.StartAsync(_folder.Path, Token);

        // A counter is seen to rise only from a scrape before it does.
        await SeeAsync("coderepo_store_lease_held == 1");
        await _database.AddStuckAsync();
        await SeeAsync("increase(coderepo_indexing_rows_exhausted_total[1m]) > 0");
        await CloneAsync(_bench);
        await _bench.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.GitUrl) = ("wrong", _bench.Server.UrlOf("absent.git")));
        await SeeAsync($"coderepo_repos_failing{{reason=\"{Reasons.RepositoryNotFound}\"}} == 1");
        await SeeAsync("ALERTS{alertname=\"CodeRepoCloneFailing\", alertstate=\"firing\"}");
        await SeeAsync("increase(coderepo_deep_checks_total{result=\"Whole\"}[1m]) > 0");
    }

    /// <summary>Waits until an expression finds something.</summary>
    internal Task<IReadOnlyList<PrometheusSample>> SeeAsync(string expression) => Eventually.SeeAsync(
        $"Prometheus finds {expression}", token => Prometheus.QueryAsync(expression, token), found => found.Count > 0, CloneBench.Soon, Token);

    /// <summary>Waits until an expression finds nothing.</summary>
    internal Task SeeNoneAsync(string expression) => Eventually.SeeAsync(
        $"Prometheus finds no {expression}", token => Prometheus.QueryAsync(expression, token), found => found.Count == 0, CloneBench.Soon, Token);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await (_prometheus?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_bench?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_database?.DisposeAsync() ?? ValueTask.CompletedTask);
        _folder.Dispose();
    }

    /// <summary>The labels of the target are those that the Prometheus operator gives one of a ServiceMonitor.</summary>
    private async Task ConfigureAsync(int port)
    {
        var rules = await File.ReadAllTextAsync(Checkout.PathOf(AlertRule.Path), Token);
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "alerts.yaml"), ForPattern().Replace(rules, "for: 1s"), Token);
        await File.WriteAllTextAsync(
            Path.Combine(_folder.Path, "prometheus.yml"),
            $$"""
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: [alerts.yaml]
            scrape_configs:
              - job_name: {{Release.Job}}
                static_configs:
                  - targets: ["127.0.0.1:{{port}}"]
                    labels:
                      namespace: {{Release.Namespace}}
                      service: {{Release.Job}}
                      pod: coderepo-operator-0
                      container: operator
                      endpoint: metrics
            """,
            Token);
    }

    private async Task CloneAsync(CloneBench bench)
    {
        await bench.CreateAsync();
        await bench.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await SeeAsync("increase(coderepo_repos_cloned_total[1m]) > 0");
        var commit = await bench.Project.CommitAsync("README.md", "# hello again\n");
        await bench.RequestAsync("now");
        await bench.SeeAsync("the update", repo => repo.Status?.Commit == commit);
        await SeeAsync("increase(coderepo_repos_updated_total[1m]) > 0");
        Directory.Delete(bench.Clone(), recursive: true);
        await SeeAsync("increase(coderepo_repos_recloned_total{reason=\"FolderMissing\"}[1m]) > 0");
    }

    [GeneratedRegex("for: [0-9]+m", RegexOptions.NonBacktracking)]
    private static partial Regex ForPattern();
}

using System.Text.RegularExpressions;

namespace CodeRepoOperator.Monitoring;

/// <summary>
/// The configuration of a Prometheus that scrapes the operator each second and has the chart's alerts, which wait for a second only.
/// </summary>
/// <param name="directory">Where it is.</param>
internal sealed partial class ScrapeConfiguration(string directory)
{
    /// <summary>The namespace and job that the target has.</summary>
    public static (string Namespace, string Job) Release => (KubeApiServer.OperatorNamespace, "coderepo-operator-metrics");

    /// <summary>Writes all of it.</summary>
    /// <param name="port">Where the operator serves its metrics, on 127.0.0.1.</param>
    /// <param name="cancellationToken">The test's token.</param>
    public async Task WriteAsync(int port, CancellationToken cancellationToken)
    {
        var rules = await File.ReadAllTextAsync(Checkout.PathOf(AlertRule.Path), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(directory, "alerts.yaml"), ForPattern().Replace(rules, "for: 1s"), cancellationToken);
        await TargetAsync(port, cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(directory, "prometheus.yml"),
            $$"""
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: [alerts.yaml]
            scrape_configs:
              - job_name: {{Release.Job}}
                file_sd_configs: [{files: [target.yml], refresh_interval: 1s}]
            """,
            cancellationToken
        );
    }

    /// <summary>
    /// Has it scrape another operator, without a restart. The labels are those that the Prometheus operator gives a target of a
    /// ServiceMonitor.
    /// </summary>
    public async Task TargetAsync(int port, CancellationToken cancellationToken)
    {
        // By a rename: what is half written would be read.
        var written = Path.Combine(directory, "target.new");
        await File.WriteAllTextAsync(
            written,
            $$"""
            - targets: ["127.0.0.1:{{port}}"]
              labels:
                namespace: {{Release.Namespace}}
                service: {{Release.Job}}
                pod: coderepo-operator-0
                container: operator
                endpoint: metrics
            """,
            cancellationToken
        );
        File.Move(written, Path.Combine(directory, "target.yml"), overwrite: true);
    }

    [GeneratedRegex("for: [0-9]+m", RegexOptions.NonBacktracking)]
    private static partial Regex ForPattern();
}

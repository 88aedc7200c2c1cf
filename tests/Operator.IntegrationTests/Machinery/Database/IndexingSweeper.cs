using System.Globalization;
using System.Text;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Prometheus;

namespace CodeRepoOperator.Machinery.Database;

/// <summary>A sweeper as the operator has it, with what it logs and counts.</summary>
internal sealed class IndexingSweeper : IAsyncDisposable
{
    private readonly CollectorRegistry _registry = Metrics.NewCustomRegistry();
    private readonly RecordingLogger<SweepReporter> _log = new();

    public IndexingSweeper(IndexingOptions options, TimeProvider time, ICodeRepos codeRepos)
    {
        var some = Options.Create(options);
        Database = new IndexingDatabase(some);
        var metrics = new IndexingMetrics(Metrics.WithCustomRegistry(_registry), some);
        Sweeper = new Sweeper(Database, codeRepos, new NoRowHolders(), new SweepReporter(metrics, _log), some, time);
    }

    public IndexingDatabase Database { get; }

    public Sweeper Sweeper { get; }

    /// <summary>The warnings so far.</summary>
    public IReadOnlyList<string> Warnings => [.. _log.Entries.Where(entry => entry.Level == LogLevel.Warning).Select(entry => entry.Text)];

    /// <summary>What was reported without being a warning.</summary>
    public IReadOnlyList<string> Infos => [.. _log.Entries.Where(entry => entry.Level == LogLevel.Information).Select(entry => entry.Text)];

    /// <summary>Sweeps the only target.</summary>
    public async Task<SweepResult> SweepAsync(bool dryRun = false, TimeSpan? limit = null) =>
        Assert.Single(await SweepAllAsync(dryRun, limit));

    /// <summary>Sweeps all targets.</summary>
    public Task<IReadOnlyList<SweepResult>> SweepAllAsync(bool dryRun = false, TimeSpan? limit = null) =>
        Sweeper.RunAsync(dryRun, limit, TestContext.Current.CancellationToken);

    /// <summary>The value of a series of the default target.</summary>
    public Task<double> MetricAsync(string metric) => SeriesAsync($"coderepo_indexing_{metric}{{target=\"repositories\"}}");

    /// <summary>How many rows of the default target were reset because of their silence.</summary>
    public Task<double> SilentResetsAsync() => SeriesAsync("coderepo_indexing_rows_reset_total{target=\"repositories\",cause=\"silent\"}");

    /// <summary>How many sweeps of the default target ended so.</summary>
    public Task<double> SweepsAsync(string result) =>
        SeriesAsync($"coderepo_indexing_sweeps_total{{target=\"repositories\",result=\"{result}\"}}");

    public ValueTask DisposeAsync() => Database.DisposeAsync();

    private async Task<double> SeriesAsync(string series)
    {
        using var exported = new MemoryStream();
        await _registry.CollectAndExportAsTextAsync(exported, TestContext.Current.CancellationToken);
        var line = Encoding
            .UTF8.GetString(exported.ToArray())
            .Split('\n')
            .Single(line => line.StartsWith(series + ' ', StringComparison.Ordinal));
        return double.Parse(line[(series.Length + 1)..], CultureInfo.InvariantCulture);
    }
}

using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Machinery;
using CodeRepoOperator.Runtime;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>CodeRepos of a real API server and rows of a real PostgreSQL find each other.</summary>
public sealed class CodeRepoRowsTests(KubeApiServer cluster, PostgresServer postgres)
{
    private static readonly TimeSpan Hours2 = TimeSpan.FromHours(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_row_has_the_threshold_of_its_CodeRepo_and_no_other_row_has()
    {
        await using var bench = await RowsBench.StartAsync(cluster, postgres);
        var byUrl = await bench.AddRowAsync("HTTPS://Git.Example.com:443/team/hello/");
        await bench.AddRowAsync(branch: "dev");
        await bench.AddRowAsync("https://git.example.com/Team/hello.git");
        var byKey = await bench.AddRowAsync("https://git.example.com/keyed");
        var anothers = await bench.AddRowAsync("https://git.example.com/another");
        await bench.AddAsync("by-url", repo => repo.Spec.Indexing = new CodeRepoIndexing { Threshold = "2h" });
        await bench.AddAsync("by-key", repo => (repo.Spec.GitUrl, repo.Spec.Indexing) =
            ("https://git.example.com/keyed.git", new CodeRepoIndexing { Id = byKey.ToUpperInvariant(), Threshold = "3h" }));
        await bench.AddAsync("thief", repo => (repo.Spec.GitUrl, repo.Spec.Indexing) =
            ("https://git.example.com/thief", new CodeRepoIndexing { Id = anothers, Threshold = "5m" }));
        await bench.AddAsync("no-key", repo => repo.Spec.Indexing = new CodeRepoIndexing { Id = "'; DROP TABLE repositories; --", Threshold = "5m" });
        await bench.AddAsync("default", repo => repo.Spec.Branch = "dev");

        Assert.Equal(
            new[] { new RowThreshold(byUrl, Hours2), new RowThreshold(byKey, TimeSpan.FromHours(3)) }.OrderBy(row => row.Key, StringComparer.Ordinal),
            (await bench.ThresholdsAsync()).OrderBy(row => row.Key, StringComparer.Ordinal));
        await bench.ReportAsync(SweepResult.Swept, null);
        Assert.Equal(
            ["True/Idle", "True/Idle", "Unknown/RowMismatch", "Unknown/NoRow", "True/Idle"],
            await Task.WhenAll(new[] { "by-url", "by-key", "thief", "no-key", "default" }.Select(name => bench.ConditionAsync(name))));
    }

    [Fact]
    public async Task No_row_is_swept_before_all_CodeRepos_are_known()
    {
        await using var bench = await RowsBench.CreateAsync(cluster, postgres);
        var key = await bench.AddRowAsync();
        await bench.AddAsync(change: repo => repo.Spec.Indexing = new CodeRepoIndexing { Threshold = "2h" });
        using var gate = new SemaphoreSlim(0);
        bench.Way.Before = _ => gate.WaitAsync(Token);
        var starting = bench.StartAsync();
        await Eventually.True(() => bench.Way.Requests.Count > 0, RowsBench.Soon, Token);

        var thresholds = bench.ThresholdsAsync();
        Assert.False(thresholds.IsCompleted);
        bench.Way.Before = _ => Task.CompletedTask;
        gate.Release(100);

        Assert.Equal([new RowThreshold(key, Hours2)], await thresholds);
        await starting;
    }

    [Fact]
    public async Task A_round_fails_when_CodeRepos_stay_unknown()
    {
        await using var bench = await RowsBench.CreateAsync(cluster, postgres);
        await bench.AddRowAsync();
        var rows = new CodeRepoRows(bench.Informer, bench.Cache, bench.Reporter, bench.Settings, new HastyTime(times: 50), bench.Log);

        var refused = await Assert.ThrowsAsync<IndexingSetupException>(() => bench.ThresholdsAsync(rows));

        Assert.Contains("no row is reset before", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sweep_that_runs_once_lists_CodeRepos_itself_and_resets_nothing_when_it_can_t()
    {
        await using var bench = await RowsBench.CreateAsync(cluster, postgres);
        var key = await bench.AddRowAsync();
        await bench.AddAsync(change: repo => repo.Spec.Indexing = new CodeRepoIndexing { Threshold = "2h" });
        var configuration = await cluster.ConfigurationForServiceAccountAsync(KubeApiServer.OperatorNamespace, KubeApiServer.OperatorAccount, Token);
        using var kubernetes = new ApiClient(configuration, TimeProvider.System);
        ListedCodeRepoRows Listed(ApiClient client) => new(
            new EntityReader<CodeRepo>(client), Options.Create(new RuntimeOptions { Namespaces = [bench.Namespace] }), bench.Settings);

        Assert.Equal([new RowThreshold(key, Hours2)], await bench.ThresholdsAsync(Listed(kubernetes)));

        configuration.Host = "https://127.0.0.1:1";
        using var astray = new ApiClient(configuration, TimeProvider.System);
        var refused = await Assert.ThrowsAsync<IndexingSetupException>(() => bench.ThresholdsAsync(Listed(astray)));
        Assert.Contains("no row is reset", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_without_URLs_has_no_rows_of_CodeRepos()
    {
        await using var bench = await RowsBench.StartAsync(
            cluster, postgres, file => new IndexingOptions { ConnectionFile = file, Targets = [new IndexingTarget { Table = "indexing_jobs", Active = "running", Reset = "failed" }] });
        await bench.AddAsync(change: repo => repo.Spec.Indexing = new CodeRepoIndexing { Threshold = "2h" });

        Assert.Empty(await bench.ThresholdsAsync());
        await bench.SweepAsync();
        Assert.Equal("Unknown/NoRow", await bench.ConditionAsync());
    }
}

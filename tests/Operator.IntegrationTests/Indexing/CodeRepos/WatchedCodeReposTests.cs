using CodeRepoOperator.Entities;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Runtime.Watching;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>CodeRepos of a real API server and rows of a real PostgreSQL find each other.</summary>
public sealed class WatchedCodeReposTests(KubeApiServer cluster, PostgresServer postgres)
{
    private static readonly TimeSpan Hours2 = TimeSpan.FromHours(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_row_has_the_threshold_of_its_CodeRepo_and_no_other_row_has()
    {
        await using var fixture = await RowsFixture.StartAsync(cluster, postgres);
        var byUrl = await fixture.AddRowAsync("HTTPS://Git.Example.com:443/team/hello/");
        await fixture.AddRowAsync(branch: "dev");
        await fixture.AddRowAsync("https://git.example.com/Team/hello.git");
        var byKey = await fixture.AddRowAsync("https://git.example.com/keyed");
        var anothers = await fixture.AddRowAsync("https://git.example.com/another");
        await fixture.AddAsync("by-url", repo => repo.Spec.Indexing = new CodeRepoIndexing { Threshold = "2h" });
        await fixture.AddAsync("by-key", repo =>
            (repo.Spec.GitUrl, repo.Spec.Indexing) = (
                "https://git.example.com/keyed.git",
                new CodeRepoIndexing { Id = byKey.ToUpperInvariant(), Threshold = "3h" }
            )
        );
        await fixture.AddAsync("thief", repo =>
            (repo.Spec.GitUrl, repo.Spec.Indexing) = (
                "https://git.example.com/thief",
                new CodeRepoIndexing { Id = anothers, Threshold = "5m" }
            )
        );
        await fixture.AddAsync("no-key", repo =>
            repo.Spec.Indexing = new CodeRepoIndexing { Id = "'; DROP TABLE repositories; --", Threshold = "5m" }
        );
        await fixture.AddAsync("default", repo => repo.Spec.Branch = "dev");

        Assert.Equal(
            new[] { KeyValuePair.Create(byUrl, Hours2), KeyValuePair.Create(byKey, TimeSpan.FromHours(3)) }.OrderBy(
                row => row.Key,
                StringComparer.Ordinal
            ),
            (await fixture.ThresholdsAsync()).OrderBy(row => row.Key, StringComparer.Ordinal)
        );
        await fixture.ReportAsync(SweepOutcome.Swept, null);
        Assert.Equal(
            ["True/Idle", "True/Idle", "Unknown/RowMismatch", "Unknown/NoRow", "True/Idle"],
            await Task.WhenAll(new[] { "by-url", "by-key", "thief", "no-key", "default" }.Select(name => fixture.ConditionAsync(name)))
        );
    }

    [Fact]
    public async Task A_CodeRepo_without_a_clone_keeps_no_row_of_another_and_learns_nothing_of_it()
    {
        await using var fixture = await RowsFixture.StartAsync(cluster, postgres);
        var key = await fixture.AddRowAsync(status: "indexing", resets: 2);
        await fixture.AddAsync("victim");
        await fixture.AddUnclonedAsync("thief", repo =>
            (repo.Spec.Suspend, repo.Spec.Indexing) = (true, new CodeRepoIndexing { Threshold = "24h" })
        );
        await fixture.AddUnclonedAsync("by-key", repo =>
            (repo.Spec.Suspend, repo.Spec.Indexing) = (true, new CodeRepoIndexing { Id = key, Threshold = "24h" })
        );

        // It had a clone of its own before; its status still says so.
        await fixture.AddAsync("turned", repo => (repo.Spec.GitUrl, repo.Spec.Suspend) = ("https://git.example.com/thief", true));
        await fixture.PatchAsync(new { spec = new { git_url = RowsFixture.Url, indexing = new { threshold = "24h" } } }, "turned");

        Assert.Empty(await fixture.ThresholdsAsync());
        await fixture.ReportAsync(SweepOutcome.Swept, null, new SweptRow(key, TimeSpan.FromMinutes(42), 3, IsExhausted: false));

        Assert.Equal("False/Reset", await fixture.ConditionAsync("victim"));
        Assert.Single(await fixture.EventsAsync("victim"));
        foreach (var name in new[] { "thief", "by-key", "turned" })
        {
            var reported = await fixture.GetAsync(name);
            Assert.Equal((name, "Unknown/NoClone", null), (name, await fixture.ConditionAsync(name), reported.Status!.Indexing));
            Assert.DoesNotContain(key, CloneFixture.Condition(reported, ConditionTypes.IndexingHealthy)!.Message, StringComparison.Ordinal);
            Assert.Empty(await fixture.EventsAsync(name));
        }
    }

    [Fact]
    public async Task Where_namespaces_are_mapped_rows_of_other_tenants_are_as_if_they_were_not_there()
    {
        await using var fixture = await RowsFixture.StartAsync(cluster, postgres, file => new IndexingOptions
        {
            ConnectionFile = file,
            Targets = [new IndexingTarget { Tenant = "tenant" }],
            Tenants = [new IndexingTenant { Namespace = "*", Values = ["{namespace}"] }],
        });
        await fixture.Database.RunAsync("ALTER TABLE repositories ADD tenant varchar(100)", Token);
        var (own, anothers, nobodys) = (await fixture.AddRowAsync(), await fixture.AddRowAsync(), await fixture.AddRowAsync());
        await fixture.Database.RunAsync(
            "UPDATE repositories SET tenant = CASE id WHEN $1 THEN $2 WHEN $3 THEN 'another' END",
            Token,
            Guid.Parse(own),
            fixture.Namespace,
            Guid.Parse(anothers)
        );
        await fixture.AddAsync("by-url", repo => repo.Spec.Indexing = new CodeRepoIndexing { Threshold = "2h" });
        await fixture.AddAsync("by-key", repo => repo.Spec.Indexing = new CodeRepoIndexing { Id = anothers, Threshold = "24h" });
        await fixture.AddAsync("nobodys", repo => repo.Spec.Indexing = new CodeRepoIndexing { Id = nobodys, Threshold = "24h" });

        Assert.Equal([KeyValuePair.Create(own, Hours2)], await fixture.ThresholdsAsync());
        await fixture.ReportAsync(SweepOutcome.Swept, null);
        Assert.Equal(
            ["True/Idle", "Unknown/NoRow", "Unknown/NoRow"],
            await Task.WhenAll(new[] { "by-url", "by-key", "nobodys" }.Select(name => fixture.ConditionAsync(name)))
        );
    }

    [Theory]
    [InlineData("escape sequences and lines", @"E'k\x1b[2J\n\r'", @"E's\x1b]0;x\x07\n'")]
    [InlineData("text turned around, and what takes no room", @"U&'\202Ek\200B\FEFF'", @"U&'\202Es\2066'")]
    [InlineData("beyond the first plane", @"repeat(U&'\+01F600', 10000)", @"repeat(U&'\+0E0041', 10000)")]
    [InlineData("40 KB", "repeat('k', 40000)", "repeat('s', 40000)")]
    public async Task Whatever_is_in_a_row_its_CodeRepo_is_reported_of_it(string what, string key, string status)
    {
        await using var fixture = await RowsFixture.StartAsync(cluster, postgres);
        await fixture.Database.RunAsync(
            "ALTER TABLE repositories DROP id CASCADE, ALTER status TYPE text, ALTER git_url TYPE text; ALTER TABLE repositories ADD id "
                + "text",
            Token
        );
        await fixture.Database.RunAsync(
            $"INSERT INTO repositories (id, git_url, branch, status, indexing_resets) VALUES ({key}, '{RowsFixture.Url}', 'main', "
                + $"{status}, -7)",
            Token
        );
        await fixture.AddAsync(change: repo => repo.Spec.Indexing = new CodeRepoIndexing { Threshold = "2h" });

        await fixture.SweepAsync();
        await fixture.Database.RunAsync("UPDATE repositories SET status = 'error', indexing_resets = 1", Token);
        await fixture.SweepAsync(
            SweepOutcome.Swept,
            null,
            new SweptRow(
                (await fixture.Database.ReadAsync<string>("SELECT id FROM repositories", Token))!,
                TimeSpan.FromHours(3),
                1,
                IsExhausted: false
            )
        );

        Assert.Equal((what, "False/Reset"), (what, await fixture.ConditionAsync()));
        Assert.Empty(fixture.Refusals.Entries);
        var reported = CloneFixture.Condition(await fixture.GetAsync(), ConditionTypes.IndexingHealthy)!.Message;
        Assert.DoesNotContain(reported.Concat((await fixture.EventsAsync()).Single()), c =>
            char.IsControl(c) || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.Format
        );
        Assert.InRange(reported.Length, 1, 1000);
    }

    [Fact]
    public async Task No_row_is_swept_before_all_CodeRepos_are_known()
    {
        await using var fixture = await RowsFixture.CreateAsync(cluster, postgres);
        var key = await fixture.AddRowAsync();
        await fixture.AddAsync(change: repo => repo.Spec.Indexing = new CodeRepoIndexing { Threshold = "2h" });
        using var gate = new SemaphoreSlim(0);
        fixture.Way.Before = _ => gate.WaitAsync(Token);
        var starting = fixture.StartAsync();
        await Eventually.True(() => fixture.Way.Requests.Count > 0, RowsFixture.Soon, Token);

        var thresholds = fixture.ThresholdsAsync();
        Assert.False(thresholds.IsCompleted);
        fixture.Way.Before = _ => Task.CompletedTask;
        gate.Release(100);

        Assert.Equal([KeyValuePair.Create(key, Hours2)], await thresholds);
        await starting;
    }

    [Fact]
    public async Task A_round_fails_when_CodeRepos_stay_unknown()
    {
        await using var fixture = await RowsFixture.CreateAsync(cluster, postgres);
        await fixture.AddRowAsync();
        var rows = new WatchedCodeRepos(
            fixture.Informer,
            fixture.Cache,
            fixture.Reporter,
            fixture.Settings,
            new HastyTime(times: 50),
            fixture.Log
        );

        var refused = await Assert.ThrowsAsync<SetupException>(() => fixture.ThresholdsAsync(rows));

        Assert.Contains("no row is reset until then", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sweep_that_runs_once_lists_CodeRepos_itself_and_resets_nothing_when_it_can_t()
    {
        await using var fixture = await RowsFixture.CreateAsync(cluster, postgres);
        var key = await fixture.AddRowAsync();
        await fixture.AddAsync(change: repo => repo.Spec.Indexing = new CodeRepoIndexing { Threshold = "2h" });
        var configuration = await cluster.ConfigurationForServiceAccountAsync(
            KubeApiServer.OperatorNamespace,
            KubeApiServer.OperatorAccount,
            Token
        );
        using var kubernetes = new ApiClient(configuration, TimeProvider.System);
        ListedCodeRepos Listed(ApiClient client) =>
            new(
                new EntityReader<CodeRepo>(client),
                Options.Create(new RuntimeOptions { Namespaces = [fixture.Namespace] }),
                fixture.Settings
            );

        Assert.Equal([KeyValuePair.Create(key, Hours2)], await fixture.ThresholdsAsync(Listed(kubernetes)));

        configuration.Host = "https://127.0.0.1:1";
        using var astray = new ApiClient(configuration, TimeProvider.System);
        var refused = await Assert.ThrowsAsync<SetupException>(() => fixture.ThresholdsAsync(Listed(astray)));
        Assert.Contains("no row is reset", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_without_URLs_has_no_rows_of_CodeRepos()
    {
        await using var fixture = await RowsFixture.StartAsync(cluster, postgres, file => new IndexingOptions
        {
            ConnectionFile = file,
            Targets =
            [
                new IndexingTarget
                {
                    Table = "indexing_jobs",
                    Active = "running",
                    Reset = "failed",
                },
            ],
        });
        await fixture.AddAsync(change: repo => repo.Spec.Indexing = new CodeRepoIndexing { Threshold = "2h" });

        Assert.Empty(await fixture.ThresholdsAsync());
        await fixture.SweepAsync();
        Assert.Equal("Unknown/NoRow", await fixture.ConditionAsync());
    }
}

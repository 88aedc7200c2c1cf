using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Monitoring;

/// <summary>What rules and dashboard ask for is what a real Prometheus has of the running operator.</summary>
public sealed class ScrapedMetricsTests(ScrapedOperator scraped) : IClassFixture<ScrapedOperator>
{
    private static readonly string[] ForCounters = ["rate", "irate", "increase"];
    private static readonly string[] ForGauges = ["predict_linear", "deriv", "delta", "idelta"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>All that is asked for, with the dashboard's variables put in.</summary>
    private static IEnumerable<string> Queries =>
        AlertRule.All.Select(rule => rule.Expr).Concat(DashboardQueries.Select(query => query.Text));

    private static IEnumerable<(string Panel, string Text)> DashboardQueries =>
        Dashboard.Panels.SelectMany(panel => panel.Queries.Select(query => (panel.Title, PutIn(query))));

    private static IEnumerable<PromQuery.Selector> Selectors => Queries.SelectMany(query => PromQuery.Parse(query).Selectors);

    [Fact]
    public async Task Every_metric_that_a_rule_or_the_dashboard_names_is_scraped()
    {
        var known = await scraped.Prometheus.MetricsAsync(Token);

        Assert.Empty(Selectors.Select(selector => selector.Metric).Distinct().Except(known));
    }

    [Fact]
    public async Task Every_metric_of_the_operator_is_in_a_rule_or_on_the_dashboard()
    {
        var types = await scraped.Prometheus.TypesAsync(Token);
        var asked = Selectors
            .Select(selector => selector.Metric)
            .Where(types.ContainsKey)
            .Select(metric => types[metric].Family)
            .ToHashSet();

        Assert.NotEmpty(asked);
        Assert.Empty((await OwnMetricsAsync()).Select(metric => types[metric].Family).Except(asked));
    }

    [Fact]
    public async Task Every_label_that_is_filtered_grouped_or_matched_by_is_on_the_metric()
    {
        var wanted = new HashSet<(string Metric, string Label)>();
        foreach (var query in Queries.Select(PromQuery.Parse))
        {
            wanted.UnionWith(query.Selectors.SelectMany(selector => selector.Labels.Select(label => (selector.Metric, label))));
            wanted.UnionWith(
                query.Groupings.SelectMany(grouping =>
                    grouping.Metrics.SelectMany(metric => grouping.Labels.Select(label => (metric, label)))
                )
            );
            wanted.UnionWith(query.Selectors.SelectMany(selector => query.Matched.Select(label => (selector.Metric, label))));
        }

        var missing = new List<string>();
        foreach (var labels in wanted.GroupBy(one => one.Metric, one => one.Label))
        {
            var series = await scraped.Prometheus.SeriesAsync(labels.Key, Token);
            missing.AddRange(
                labels.Where(label => !series.Any(one => one.ContainsKey(label))).Select(label => $"{labels.Key} has no {label}")
            );
        }

        Assert.NotEmpty(wanted);
        Assert.Empty(missing);
    }

    [Fact]
    public async Task Counters_are_called_so_and_only_they_are_asked_for_a_rate()
    {
        var types = await scraped.Prometheus.TypesAsync(Token);

        Assert.All(await OwnMetricsAsync(), metric =>
            Assert.Equal(types[metric].Type == "counter", metric.EndsWith("_total", StringComparison.Ordinal))
        );
        Assert.All(Selectors.Where(selector => ForCounters.Contains(selector.Function)), selector =>
            Assert.Contains(types[selector.Metric].Type, new[] { "counter", "histogram" })
        );
        Assert.All(Selectors.Where(selector => ForGauges.Contains(selector.Function)), selector =>
            Assert.Equal("gauge", types[selector.Metric].Type)
        );
    }

    [Fact]
    public async Task Every_query_of_the_dashboard_finds_numbers()
    {
        var empty = new List<string>();
        foreach (var (panel, query) in DashboardQueries)
        {
            var found = await scraped.Prometheus.QueryAsync(query, Token);
            if (found.Count == 0 || found.All(sample => !double.IsFinite(sample.Value)))
            {
                empty.Add($"{panel}: {query}");
            }
        }

        Assert.Empty(empty);
    }

    [Theory]
    [InlineData("Ready", 0.5)]
    [InlineData("Failing", 1)]
    [InlineData("Rows reset", 1)]
    [InlineData("At work", 1)]
    public async Task The_dashboard_shows_what_happened(string panel, double value)
    {
        var query = DashboardQueries.Single(query => query.Panel == panel).Text;

        // A rate is read off scrapes, which are not at the moments of what happened.
        Assert.InRange(Assert.Single(await scraped.Prometheus.QueryAsync(query, Token)).Value, value, value * 1.5);
    }

    [Fact]
    public async Task Every_variable_of_the_dashboard_has_values_to_choose_from()
    {
        foreach (var variable in Dashboard.Variables)
        {
            var series = await scraped.Prometheus.SeriesAsync(PutIn(variable.Series), Token);
            Assert.Contains(series, one => one.ContainsKey(variable.Label));
        }

        Assert.Equal(3, Dashboard.Variables.Count());
    }

    [Fact]
    public async Task Every_rule_is_evaluated_without_an_error()
    {
        var rules = await Eventually.SeeAsync(
            "all rules are evaluated",
            scraped.Prometheus.RulesAsync,
            rules => rules.All(rule => rule.Health != "unknown"),
            CloneFixture.Soon,
            Token
        );

        Assert.Equal(AlertRule.All.Select(rule => rule.Alert), rules.Select(rule => rule.Name));
        Assert.All(rules, rule => Assert.Equal(("ok", ""), (rule.Health, rule.Error)));
    }

    [Fact]
    public async Task An_alert_fires_while_a_CodeRepo_fails_and_resolves_when_it_is_mended()
    {
        const string Alert = $"ALERTS{{alertname=\"CodeRepoCloneFailing\", alertstate=\"firing\", reason=\"{Reasons.BranchNotFound}\"}}";
        await scraped.Prometheus.SeeNoneAsync(Alert, Token);

        await scraped.Fixture.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.Branch) = ("mistyped", "mian"));
        var firing = Assert.Single(await scraped.Prometheus.SeeAsync(Alert, Token));
        await scraped.Fixture.PatchAsync(new { spec = new { branch = "main" } }, "mistyped");
        await scraped.Prometheus.SeeNoneAsync(Alert, Token);

        Assert.Equal(ScrapeConfiguration.Release, (firing.Labels["namespace"], firing.Labels["job"]));
        Assert.Equal("warning", firing.Labels["severity"]);
        await scraped.Fixture.DeleteAsync("mistyped");
        await scraped.Prometheus.SeeAsync("sum(coderepo_repos) == 2", Token);
    }

    [Fact]
    public async Task The_operator_counts_as_at_work_with_all_that_happened() =>
        Assert.Empty(
            await scraped.Prometheus.QueryAsync(
                "ALERTS{alertname=~\"CodeRepoOperatorDown|CodeRepoWatchStalled|IndexingSweepFailing|IndexingRowsStuck|"
                    + "CodeRepoIndexerPodsUnknown|CodeRepoRowsNotDeclared\"}",
                Token
            )
        );

    /// <summary>What Grafana does before it asks.</summary>
    private static string PutIn(string query) =>
        query
            .Replace("$__rate_interval", "1m", StringComparison.Ordinal)
            .Replace("$__range", "10m", StringComparison.Ordinal)
            .Replace("$namespace", ScrapeConfiguration.Release.Namespace, StringComparison.Ordinal)
            .Replace("$job", ScrapeConfiguration.Release.Job, StringComparison.Ordinal)
            .Replace("$instance", Dashboard.Variables.Single(variable => variable.Name == "instance").AllValue, StringComparison.Ordinal);

    private async Task<IReadOnlyList<string>> OwnMetricsAsync() =>
        [.. (await scraped.Prometheus.MetricsAsync(Token)).Where(metric => metric.StartsWith("coderepo_", StringComparison.Ordinal))];
}

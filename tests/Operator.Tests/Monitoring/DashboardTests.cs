using System.Text.Json;
using System.Text.RegularExpressions;

namespace CodeRepoOperator.Monitoring;

/// <summary>
/// What Grafana does not say when a dashboard is read in, but shows badly. What its queries find is tested beside Prometheus.
/// </summary>
public sealed partial class DashboardTests
{
    /// <summary>What Grafana itself puts in, beside the variables of the dashboard.</summary>
    private static readonly string[] OfGrafana = ["__rate_interval", "__range"];

    [Fact]
    public void It_belongs_to_no_Grafana_yet_and_has_an_address_that_stays()
    {
        Assert.Equal(JsonValueKind.Null, Dashboard.Root.GetProperty("id").ValueKind);
        Assert.Equal("coderepo-operator", Dashboard.Root.GetProperty("uid").GetString());
    }

    [Fact]
    public void Ids_are_unique() => Assert.Equal(Dashboard.All.Count, Dashboard.All.Select(panel => panel.Id).Distinct().Count());

    [Fact]
    public void No_panel_lies_on_another_or_beyond_the_edge()
    {
        var overlaps =
            from one in Dashboard.All
            from other in Dashboard.All
            where one.Id < other.Id && one.Overlaps(other)
            select $"{one.Title} and {other.Title}";

        Assert.Empty(overlaps);
        Assert.All(Dashboard.All, panel => Assert.InRange(panel.Right, panel.Left + 1, 24));
    }

    [Fact]
    public void Every_panel_stands_in_a_row() => Assert.Equal("row", Dashboard.All.MinBy(panel => panel.Top)!.Type);

    [Fact]
    public void Every_panel_says_what_it_shows_and_in_which_unit() => Assert.All(Dashboard.Panels, panel =>
        {
            Assert.True(panel.Title.Length > 0 && panel.Description.EndsWith('.'), $"{panel.Id} {panel.Title}");
            Assert.NotEqual("", panel.Unit);
            Assert.NotEmpty(panel.Queries);
        });

    [Fact]
    public void The_unit_of_a_panel_is_that_of_its_metrics() =>
        Assert.All(Dashboard.Panels.Where(panel => panel.Unit is "s" or "bytes"), panel =>
            Assert.All(panel.Queries.SelectMany(query => PromQuery.Parse(query).Selectors), selector =>
                Assert.Contains(panel.Unit == "s" ? "_seconds" : "_bytes", selector.Metric, StringComparison.Ordinal)
            )
        );

    [Fact]
    public void Every_query_asks_the_data_source_that_was_chosen() =>
        Assert.All(Dashboard.Panels.SelectMany(panel => panel.DataSources), source => Assert.Equal("${datasource}", source));

    [Fact]
    public void Every_query_of_the_operator_s_metrics_heeds_what_was_chosen() =>
        Assert.All(
            Dashboard
                .Panels.SelectMany(panel => panel.Queries)
                .SelectMany(query => PromQuery.Parse(query).Selectors)
                .Where(selector => selector.Metric != "ALERTS"),
            selector => Assert.Empty(Dashboard.Variables.Select(variable => variable.Name).Except(selector.Labels))
        );

    [Fact]
    public void Every_variable_that_a_query_names_exists()
    {
        var named = Dashboard
            .Panels.SelectMany(panel => panel.Queries)
            .Concat(Dashboard.Variables.Select(variable => variable.Query))
            .SelectMany(query => VariablePattern().Matches(query))
            .Select(variable => variable.Groups["name"].Value);

        Assert.Empty(named.Except(Dashboard.Variables.Select(variable => variable.Name)).Except(OfGrafana));
    }

    [GeneratedRegex(@"\$\{?(?<name>[a-z_]+)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex VariablePattern();
}

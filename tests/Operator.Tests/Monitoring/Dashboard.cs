using System.Text.Json;

namespace CodeRepoOperator.Monitoring;

/// <summary>The chart's Grafana dashboard.</summary>
internal static class Dashboard
{
    private const string Path = "charts/coderepo-operator/monitoring/dashboard.json";

    /// <summary>The whole of it.</summary>
    public static JsonElement Root { get; } = JsonDocument.Parse(File.ReadAllText(Checkout.PathOf(Path))).RootElement;

    /// <summary>What is on it, rows included.</summary>
    public static IReadOnlyList<DashboardPanel> All { get; } =
    [.. Root.GetProperty("panels").EnumerateArray().Select(panel => new DashboardPanel(panel))];

    /// <summary>What shows something.</summary>
    public static IEnumerable<DashboardPanel> Panels => All.Where(panel => panel.Type != "row");

    /// <summary>The variables that one chooses by: all but the data source.</summary>
    public static IEnumerable<DashboardVariable> Variables =>
        Root.GetProperty("templating")
            .GetProperty("list")
            .EnumerateArray()
            .Where(variable => variable.GetProperty("type").GetString() == "query")
            .Select(variable => new DashboardVariable(
                variable.GetProperty("name").GetString()!,
                variable.GetProperty("query").GetProperty("query").GetString()!,
                variable.GetProperty("allValue").GetString()!
            ));
}
